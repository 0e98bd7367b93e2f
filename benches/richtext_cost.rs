//! What the worst message costs: for each of many sources made to be slow, the time to compose it
//! at doubling sizes up to the cap. Prints a table, the worst case at the cap, and the worst
//! growth per doubling; judges nothing.

use std::hint::black_box;
use std::time::{Duration, Instant};

use campfire::model::{BodyFormat, UserId};
use campfire::richtext::{People, compose_with};

/// Characters; the last is the cap.
const SIZES: [usize; 4] = [1_250, 2_500, 5_000, 10_000];
const RUNS: usize = 5;

type Generator = (&'static str, BodyFormat, fn(usize) -> String);

/// `unit` repeated up to a number of characters.
fn fill(unit: &str, characters: usize) -> String {
    unit.chars().cycle().take(characters).collect()
}

/// Half of it openings, half of it closings.
fn nest(open: &str, close: &str, characters: usize) -> String {
    let levels = characters / (open.chars().count() + close.chars().count());
    format!("{}{}", open.repeat(levels), close.repeat(levels))
}

/// Different words: `word` with a number in it, as often as fits.
fn numbered(word: impl Fn(usize) -> String, characters: usize) -> String {
    let mut text = String::new();
    for n in 0.. {
        let next = word(n);
        if text.chars().count() + next.chars().count() > characters {
            break;
        }
        text.push_str(&next);
    }
    text
}

fn generators() -> Vec<Generator> {
    use BodyFormat::{Html, Markdown};
    vec![
        ("markdown: words", Markdown, |n| fill("some words and more ", n)),
        ("markdown: stars", Markdown, |n| fill("*", n)),
        ("markdown: open stars", Markdown, |n| fill("*a **b ", n)),
        ("markdown: stars and underscores", Markdown, |n| fill("*a_ ", n)),
        ("markdown: tildes", Markdown, |n| fill("~~a ~b ", n)),
        ("markdown: brackets", Markdown, |n| fill("[", n)),
        ("markdown: open links", Markdown, |n| fill("[a](", n)),
        ("markdown: open pictures", Markdown, |n| fill("![[](", n)),
        ("markdown: nested links", Markdown, |n| nest("[", "](/x)", n)),
        ("markdown: definitions", Markdown, |n| numbered(|i| format!("[{i}]: /x\n"), n)),
        ("markdown: one definition, many uses", Markdown, |n| {
            format!("[a]: /x\n\n{}", fill("[a] ", n - 10))
        }),
        ("markdown: backticks", Markdown, |n| {
            numbered(|i| format!("{} ", "`".repeat(i % 90 + 1)), n)
        }),
        ("markdown: quotations", Markdown, |n| fill(">", n)),
        ("markdown: quotations in lines", Markdown, |n| fill("> > > > > > > > a\n", n)),
        ("markdown: nested lists", Markdown, |n| fill("- ", n)),
        ("markdown: items", Markdown, |n| fill("-\n", n)),
        ("markdown: entities", Markdown, |n| fill("&amp;&#1;&x", n)),
        ("markdown: tags", Markdown, |n| fill("<a <b> <!-- ", n)),
        ("markdown: processing", Markdown, |n| fill("a <?", n)),
        ("markdown: indents", Markdown, |n| fill("\t- a\n\t", n)),
        ("links: addresses", Markdown, |n| fill("http://a.b ", n)),
        ("links: schemes", Markdown, |n| fill("http://", n)),
        ("links: www", Markdown, |n| fill("www.", n)),
        ("links: email", Markdown, |n| fill("a@b.co\n", n)),
        ("links: half email", Markdown, |n| fill("a.b-c@", n)),
        ("links: brackets", Markdown, |n| format!("http://a.b/{}", fill("(", n - 11))),
        ("links: closing brackets", Markdown, |n| format!("http://a.b/{}", fill(")", n - 11))),
        ("links: refused", Markdown, |n| fill("http://a@b ", n)),
        ("links: not spelled right", Markdown, |n| fill("http://\u{ad}", n)),
        ("links: words that lie", Markdown, |n| {
            format!("[{}](https://x.org)", fill("a.com ", n - 18))
        }),
        ("mentions: nobody", Markdown, |n| fill("@a ", n)),
        ("mentions: nearly somebody", Markdown, |n| {
            fill("@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab ", n)
        }),
        ("mentions: everybody", Markdown, |n| numbered(|i| format!("@Person {} ", i % 300), n)),
        ("characters: combining marks", Markdown, |n| fill("@e\u{301}\u{327}\u{323}", n)),
        ("characters: wide", Markdown, |n| fill("😀", n)),
        ("characters: brackets to escape", Markdown, |n| fill("<>&\"", n)),
        ("html: nested divisions", Html, |n| fill("<div>", n)),
        ("html: nested paragraphs", Html, |n| fill("<p>", n)),
        ("html: nested marks", Html, |n| fill("<b>", n)),
        ("html: different marks", Html, |n| fill("<b><i><s><tt><em><small><strong>", n)),
        ("html: marks with attributes", Html, |n| numbered(|i| format!("<b a={i}>"), n)),
        ("html: marks and paragraphs", Html, |n| fill("<b><p>", n)),
        ("html: misnested", Html, |n| fill("<b><i></b>", n)),
        ("html: misnested links", Html, |n| fill("<a><b></a><p>", n)),
        ("html: marks, then closings", Html, |n| nest("<b>", "</i>", n)),
        ("html: nested quotations", Html, |n| nest("<blockquote>", "</blockquote>", n)),
        ("html: nested lists", Html, |n| fill("<ul><li>", n)),
        ("html: nested tables", Html, |n| fill("<table><tr><td>", n)),
        ("html: misplaced in tables", Html, |n| fill("<table><b>a", n)),
        ("html: selects", Html, |n| fill("<select><option>", n)),
        ("html: forms and buttons", Html, |n| fill("<form><button>", n)),
        ("html: svg", Html, |n| fill("<svg><g>", n)),
        ("html: mathml", Html, |n| fill("<math><mi>", n)),
        ("html: templates", Html, |n| fill("<template>", n)),
        ("html: attributes", Html, |n| {
            format!("<a{}>x</a>", numbered(|i| format!(" a{i}"), n - 8))
        }),
        ("html: classes", Html, |n| {
            format!("<code class=\"{}\">x</code>", fill("lang-x ", n - 30))
        }),
        ("html: comments", Html, |n| fill("<!--", n)),
        ("html: closings", Html, |n| fill("</p>", n)),
        ("html: closings of marks", Html, |n| fill("<p></b>", n)),
        ("html: breaks", Html, |n| fill("<br>", n)),
        ("html: brackets", Html, |n| fill("<", n)),
        ("html: entities", Html, |n| fill("&notit;&#x41", n)),
        ("html: code in marks", Html, |n| fill("<code>a<b>b", n)),
        ("html: words between marks", Html, |n| fill("<b>a</b>b", n)),
        ("html: links", Html, |n| fill("<a href=//a>b", n)),
        ("html: 90 divisions, many words", Html, |n| {
            format!("{}{}", "<div>".repeat(90), fill("a<br>", n - 450))
        }),
        ("html: 90 marks, many paragraphs", Html, |n| {
            format!("{}{}", "<b><i>".repeat(45), fill("<p>a", n - 270))
        }),
        ("html: closings in comments", Html, |n| fill("<div><!--</div>-->", n)),
        ("html: closings in values", Html, |n| fill("<div><br a=\"</div>\">", n)),
        ("html: marks closed in comments", Html, |n| {
            numbered(|i| format!("<b a={i}><!--</b>-->"), n)
        }),
        ("html: closings out of reach", Html, |n| fill("<div><object></div></object>", n)),
        ("html: attributes in odd quotes", Html, |n| {
            format!("<a =\"{}>x</a>", numbered(|i| format!(" a{i}"), n - 12))
        }),
        ("html: nothing but names", Html, |n| numbered(|i| format!("<x{i}>"), n)),
    ]
}

fn people() -> People {
    let many = (1..=300).map(|i| (UserId(i), format!("Person {i}")));
    let alike = (301..=400).map(|i| (UserId(i), "a".repeat(i as usize - 300)));
    People::new(many.chain(alike))
}

/// The fastest of some runs, so that other work on the machine counts less.
fn time(source: &str, format: BodyFormat, people: &People) -> (Duration, bool) {
    let mut accepted = false;
    let fastest = (0..RUNS).map(|_| {
        let start = Instant::now();
        accepted = black_box(compose_with(black_box(source), format, people)).is_ok();
        start.elapsed()
    });
    (fastest.min().unwrap_or_default(), accepted)
}

fn main() {
    let people = people();
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    let mut worst = ("", Duration::ZERO);
    let mut steepest = ("", 0.0);
    println!(
        "{:36}{:>9}{:>9}{:>9}{:>9}  last doubling",
        "milliseconds", SIZES[0], SIZES[1], SIZES[2], SIZES[3]
    );
    for (name, format, generate) in generators() {
        let times = SIZES.map(|size| time(&generate(size), format, &people));
        let [.., (before, _), (last, accepted)] = times;
        let growth = milliseconds(last) / milliseconds(before).max(0.001);
        let columns: String =
            times.iter().map(|(t, _)| format!("{:9.2}", milliseconds(*t))).collect();
        let note = if accepted { "" } else { "  (refused)" };
        println!("{name:36}{columns}  ×{growth:.2}{note}");
        if last > worst.1 {
            worst = (name, last);
        }
        if growth > steepest.1 {
            steepest = (name, growth);
        }
    }
    println!("\nworst at the cap: {:.1} ms, {}", milliseconds(worst.1), worst.0);
    println!("steepest: ×{:.2} for the last doubling, {}", steepest.1, steepest.0);
}
