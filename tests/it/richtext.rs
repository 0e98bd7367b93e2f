//! What people type and paste, and the exact body it becomes; what attackers send, and that
//! nothing of it gets through.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod generated;
pub mod oracle;

use std::fs;
use std::path::{Path, PathBuf};

use campfire::model::{BodyFormat, UserId};
use campfire::richtext::{Composed, People, compose, compose_with, refresh_mentions};

/// Everyone who can be mentioned in the corpus.
pub fn cast() -> People {
    People::new([
        (UserId(7), "Ada Lovelace"),
        (UserId(8), "Ada"),
        (UserId(9), "Łukasz O’Neil"),
        (UserId(10), "田中"),
        (UserId(11), "<b>Bobby</b> & Co"),
        (UserId(12), "R2-D2"),
    ])
}

/// One case of a corpus file: how its source is written, what it is about, and its parts.
struct Case {
    format: BodyFormat,
    title: String,
    source: String,
    html: String,
    plain_text: Option<String>,
}

/// Reads a corpus file: `=== markdown: title`, the source, `--- becomes`, the HTML, and where
/// that says more, `--- plain text` and the plain text. `\u{202E}` stands for a character nobody sees.
fn read_corpus(text: &str) -> Vec<Case> {
    let (_, cases) = text.split_once("\n=== ").expect("no case in the file");
    cases.split("\n=== ").map(read_case).collect()
}

fn read_case(case: &str) -> Case {
    let (head, rest) = case.split_once('\n').expect("a case has a source");
    let (format, title) = head.split_once(": ").expect("format: title");
    let (source, rest) = rest.split_once("\n--- becomes\n").unwrap_or((rest, ""));
    let (html, plain_text) = match rest.split_once("\n--- plain text\n") {
        Some((html, plain_text)) => (html, Some(plain_text.trim_end_matches('\n').to_owned())),
        None => (rest, None),
    };
    Case {
        format: BodyFormat::from_stored(format).expect("markdown or html"),
        title: title.to_owned(),
        source: source.to_owned(),
        html: html.trim_end_matches('\n').to_owned(),
        plain_text,
    }
}

/// Turns `\u{202E}` into the character.
fn with_characters(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an end of \\u{…}");
        let code = u32::from_str_radix(code, 16).expect("hexadecimal");
        out.push(char::from_u32(code).expect("a character"));
        out.push_str(rest);
    }
    out
}

/// Turns characters nobody sees into `\u{202E}`.
fn without_unseen_characters(text: &str) -> String {
    let unseen = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars()
        .map(|c| if unseen(c) { format!("\\u{{{:X}}}", c as u32) } else { c.to_string() })
        .collect()
}

fn corpus_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/richtext/corpus");
    let entries = fs::read_dir(folder).expect("the corpus");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// What the corpus writes down about a source.
fn outcome(case: &Case) -> (String, Option<Composed>) {
    match compose_with(&with_characters(&case.source), case.format, &cast()) {
        Ok(composed) => (without_unseen_characters(&composed.body.html), Some(composed)),
        Err(refused) => (format!("refused: {refused}"), None),
    }
}

/// With `BLESS=1` the files are rewritten with what happens now, to be reviewed by eye.
#[test]
fn every_case_of_the_corpus_becomes_exactly_what_it_says() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for file in corpus_files() {
        let text = fs::read_to_string(&file).expect("a corpus file");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let mut blessed = text.split_once("\n=== ").expect("a case").0.to_owned();
        for case in read_corpus(&text) {
            cases += 1;
            let (html, composed) = outcome(&case);
            let plain_text = composed.map(|c| without_unseen_characters(&c.body.plain_text));
            let told = case.plain_text.is_some();
            if html != case.html || (told && plain_text != case.plain_text) {
                wrong.push(format!(
                    "{name}: {}\n  said {}\n  is   {html}\n  text {plain_text:?}",
                    case.title, case.html
                ));
            }
            blessed.push_str(&format!(
                "\n=== {}: {}\n{}\n--- becomes\n{html}\n",
                case.format.as_str(),
                case.title,
                case.source
            ));
            if let (true, Some(plain_text)) = (told, plain_text) {
                blessed.push_str(&format!("--- plain text\n{plain_text}\n"));
            }
        }
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, blessed).expect("the file can be written");
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 300, "only {cases} cases");
}

#[test]
fn no_body_of_the_corpus_holds_what_a_body_may_not_hold() {
    for file in corpus_files() {
        for case in read_corpus(&fs::read_to_string(&file).expect("a corpus file")) {
            let Some(composed) = outcome(&case).1 else { continue };
            let html = composed.body.html;
            assert_eq!(oracle::check(&html), Ok(()), "{}\n{html}", case.title);
            assert_eq!(oracle::check_reparse(&html), Ok(()), "{}\n{html}", case.title);
            let again = compose_with(&html, BodyFormat::Html, &cast()).expect("still a body");
            assert_eq!(again.body.html, html, "{}: composing twice", case.title);
            assert_eq!(again.mentions, composed.mentions, "{}: mentions", case.title);
        }
    }
}

#[test]
fn mentions_are_told_once_each_in_order() {
    let source = "@ada lovelace and @R2-D2, @Ada Lovelace! not `@Ada` nor ada@ada.org";
    let composed = compose_with(source, BodyFormat::Markdown, &cast()).expect("a body");
    assert_eq!(composed.mentions, [UserId(7), UserId(12)]);
    assert_eq!(
        composed.body.plain_text,
        "@Ada Lovelace and @R2-D2, @Ada Lovelace! not @Ada nor ada@ada.org"
    );
    let renamed = refresh_mentions(&composed.body.html, |id| {
        (id == UserId(7)).then(|| "Ada King".to_owned())
    });
    assert!(renamed.contains("<a class=\"mention\" href=\"/users/7\">@Ada King</a>"), "{renamed}");
    assert_eq!(oracle::check(&renamed), Ok(()));
    assert_eq!(
        compose(source, BodyFormat::Markdown).expect("a body").html.matches("mention").count(),
        0
    );
}

#[test]
fn the_source_comes_back_as_it_was_typed() {
    let source = "# a\n\n* b  \n\t<c> &amp; @Ada";
    let body = compose(source, BodyFormat::Markdown).expect("a body");
    assert_eq!((body.source.as_str(), body.format), (source, BodyFormat::Markdown));
}

#[test]
fn too_much_and_nothing_are_refused_with_a_reason() {
    let refusal = |source: &str, format| compose(source, format).expect_err("refused").0;
    for blank in ["", "  \n", "\u{200B}", "\u{202E}\u{2066}", "&nbsp;"] {
        assert_eq!(refusal(blank, BodyFormat::Html), "Write something first.", "{blank:?}");
    }
    for nothing in ["<p></p>", "<script>x</script>", "<b> </b><br>", "<!-- x -->", "<img src=x>"] {
        assert_eq!(refusal(nothing, BodyFormat::Html), "Write something first.", "{nothing}");
    }
    let long = "é".repeat(10_001);
    assert_eq!(
        refusal(&long, BodyFormat::Markdown),
        "A message can be at most 10000 characters long."
    );
    let tags = "<b>".repeat(3_333);
    assert_eq!(
        refusal(&tags, BodyFormat::Html),
        "This message has too much formatting to be shown."
    );
}

#[test]
fn bodies_are_composed_by_many_at_once() {
    let alone = compose("**a** <b> https://x.org", BodyFormat::Markdown).expect("a body");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let body = compose("**a** <b> https://x.org", BodyFormat::Markdown);
                    assert_eq!(body.expect("a body"), alone);
                }
            });
        }
    });
}
