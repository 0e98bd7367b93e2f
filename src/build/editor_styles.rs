//! Part of the build script: the styles that the editor for rich text puts into the page.

use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, String>;

/// What allows the two style elements that Trix injects; their texts are in its minified script:
/// `f("trix-editor","%t {…".concat(name,"…")…)`, where `%t` stands for the tag.
pub fn injected_styles(script: &str) -> Outcome<String> {
    let missing = || "the styles in trix.umd.min.js are not where they were".to_owned();
    let mut styles = vec![style_source("")]; // They are put into the page empty at first.
    for tag in ["trix-toolbar", "trix-editor"] {
        let start = format!("(\"{tag}\",");
        let (_, mut rest) = script.split_once(&start).ok_or_else(missing)?;
        let mut style = String::new();
        loop {
            let text = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
            let (text, after) = text.ok_or_else(missing)?;
            style.push_str(&text.replace("\\n", "\n"));
            let Some(joined) = after.trim_start_matches(')').strip_prefix(".concat(") else {
                break;
            };
            let (name, after) = joined.split_once(',').ok_or_else(missing)?;
            style.push_str(match name.rsplit_once('.') {
                // Only Internet Explorer gets other values.
                Some((_, "display")) => "inline-block",
                Some((_, "width")) => "1px",
                _ => "[data-trix-attachment]",
            });
            rest = after;
        }
        styles.push(style_source(&style.replace("%t", tag)));
    }
    Ok(styles.join(" "))
}

/// What a policy says to allow one text as a style: its SHA-256 in Base64.
fn style_source(style: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in Sha256::digest(style).chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        let digits = (0..=three.len()).map(|at| DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
        encoded.extend(digits.map(char::from));
    }
    format!("'sha256-{encoded}='")
}
