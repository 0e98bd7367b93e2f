//! Part of the build script: turns the catalogues in `src/words` into functions and into scripts.
//!
//! Every word of the interface is one entry of `en.toml` and of every other catalogue. Each becomes
//! a function of `words`, so a word that is missing does not compile, and one that nobody uses is a
//! warning. What scripts say stands in the table `scripts`; a script writes
//! `word.copied`, and each language gets a copy of it with the text in that place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Each catalogue and the variant of `Language` it is for; English, which others are held against,
/// first.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "German")];

/// The forms a counted text may have, in the names of Unicode's plural rules.
const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

type Outcome<T> = Result<T, String>;

/// What one language says for one entry.
#[derive(Clone, Debug)]
enum Text {
    Plain(String),
    /// One text for each form that a number can take.
    Counted(BTreeMap<String, String>),
}

impl Text {
    fn all(&self) -> Vec<&str> {
        match self {
            Text::Plain(text) => vec![text],
            Text::Counted(forms) => forms.values().map(String::as_str).collect(),
        }
    }

    fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for text in self.all() {
            names.extend(pieces(text).filter_map(|(_, name)| name.map(str::to_owned)));
        }
        if matches!(self, Text::Counted(_)) {
            names.insert("count".to_owned());
        }
        names
    }
}

type Entries = BTreeMap<String, Text>;

/// All that the catalogues say: for pages and for scripts, one map for each language.
pub struct Catalogues {
    pages: Vec<Entries>,
    scripts: Vec<Entries>,
}

impl Catalogues {
    /// Reads the catalogues of a folder and compares each with the first.
    pub fn read(folder: &Path) -> Outcome<Self> {
        let (mut pages, mut scripts) = (Vec::new(), Vec::new());
        for (tag, _) in LANGUAGES {
            let path = folder.join(format!("{tag}.toml"));
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("could not read {}: {error}", path.display()))?;
            let table: toml::Table =
                toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            let (mut of_pages, mut of_scripts) = (Entries::new(), Entries::new());
            for (key, value) in table {
                match value {
                    toml::Value::Table(said) if key == "scripts" => {
                        for (key, value) in said {
                            of_scripts.insert(key.clone(), text_of(tag, &key, value)?);
                        }
                    }
                    value => {
                        of_pages.insert(key.clone(), text_of(tag, &key, value)?);
                    }
                }
            }
            pages.push(of_pages);
            scripts.push(of_scripts);
        }
        for entries in [&pages, &scripts] {
            for (said, (tag, _)) in entries.iter().zip(LANGUAGES).skip(1) {
                compare(&entries[0], said, tag)?;
            }
        }
        Ok(Self { pages, scripts })
    }

    /// The functions, one for each entry.
    pub fn source(&self) -> String {
        let mut source = String::from("// Written by build.rs.\n");
        for key in self.pages[0].keys() {
            let texts: Vec<&Text> = self.pages.iter().filter_map(|said| said.get(key)).collect();
            function(&mut source, key, &texts);
        }
        let counted = self.pages[0].iter().filter(|(_, text)| matches!(text, Text::Counted(_)));
        let _ = writeln!(
            source,
            "/// Every counted entry, with the forms that each language has for it.\n\
             #[cfg(test)]\npub(crate) const COUNTED: &[(&str, [&[&str]; {}])] = &[",
            LANGUAGES.len()
        );
        for (key, _) in counted {
            let forms = self.pages.iter().map(|said| match said.get(key) {
                Some(Text::Counted(forms)) => forms.keys().cloned().collect::<Vec<_>>(),
                _ => Vec::new(),
            });
            let forms: Vec<String> = forms.map(|forms| format!("&{forms:?}")).collect();
            let _ = writeln!(source, "    ({key:?}, [{}]),", forms.join(", "));
        }
        source.push_str("];\n");
        source
    }

    /// A script with its words in one language. `{name}` in a text is what is called so where the
    /// word stands.
    pub fn script(
        &self,
        language: usize,
        script: &str,
        used: &mut BTreeSet<String>,
    ) -> Outcome<String> {
        let mut said = String::with_capacity(script.len());
        let mut rest = script;
        while let Some(at) = rest.find("word.") {
            let (before, after) = rest.split_at(at);
            said.push_str(before);
            let after = &after["word.".len()..];
            let end =
                after.find(|c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()));
            let key = &after[..end.unwrap_or(after.len())];
            let is_part = before.ends_with(|c: char| c.is_alphanumeric() || "_$.".contains(c));
            if is_part || key.is_empty() {
                said.push_str("word.");
                rest = after;
                continue;
            }
            match self.scripts.get(language).and_then(|words| words.get(key)) {
                Some(Text::Plain(text)) => said.push_str(&literal(text)),
                _ => return Err(format!("no catalogue says what the scripts mean by word.{key}")),
            }
            used.insert(key.to_owned());
            rest = &after[key.len()..];
        }
        said.push_str(rest);
        Ok(said)
    }

    /// What no script says any more.
    pub fn unused(&self, used: &BTreeSet<String>) -> Outcome<()> {
        match self.scripts[0].keys().find(|key| !used.contains(*key)) {
            Some(key) => Err(format!("no script says word.{key}; take it out of the catalogues")),
            None => Ok(()),
        }
    }
}

fn text_of(tag: &str, key: &str, value: toml::Value) -> Outcome<Text> {
    match value {
        toml::Value::String(text) => Ok(Text::Plain(text)),
        toml::Value::Table(forms) => {
            let mut texts = BTreeMap::new();
            for (form, text) in forms {
                let toml::Value::String(text) = text else {
                    return Err(format!("{tag}.toml: {key}.{form} is no text"));
                };
                if !FORMS.contains(&form.as_str()) {
                    return Err(format!("{tag}.toml: {key}.{form} is no form of a number"));
                }
                texts.insert(form, text);
            }
            if !texts.contains_key("other") {
                return Err(format!("{tag}.toml: {key} needs the form `other`"));
            }
            Ok(Text::Counted(texts))
        }
        _ => Err(format!("{tag}.toml: {key} is no text")),
    }
}

fn compare(english: &Entries, said: &Entries, tag: &str) -> Outcome<()> {
    if let Some(key) = english.keys().find(|key| !said.contains_key(*key)) {
        return Err(format!("{tag}.toml does not say {key}"));
    }
    for (key, text) in said {
        let Some(original) = english.get(key) else {
            return Err(format!("{tag}.toml says {key}, which en.toml does not"));
        };
        let both_counted = matches!(original, Text::Counted(_)) == matches!(text, Text::Counted(_));
        if !both_counted || original.names() != text.names() {
            return Err(format!("{tag}.toml: {key} has other placeholders than in en.toml"));
        }
        if most_tags(original) != most_tags(text) {
            return Err(format!("{tag}.toml: {key} has other tags than in en.toml"));
        }
    }
    Ok(())
}

fn most_tags(text: &Text) -> Vec<&str> {
    text.all().into_iter().map(tags).max().unwrap_or_default()
}

/// The tags of a text in alphabetical order: words may stand in another order.
fn tags(text: &str) -> Vec<&str> {
    let found = text.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    let mut tags: Vec<&str> = found.map(|(tag, _)| tag).collect();
    tags.sort_unstable();
    tags
}

/// A text in pieces: what stands before each placeholder, and its name.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split('}').map(|piece| match piece.split_once('{') {
        Some((before, name)) => (before, Some(name)),
        None => (piece, None),
    })
}

fn function(source: &mut String, key: &str, texts: &[&Text]) {
    let names = texts[0].names();
    let is_html = texts.iter().any(|text| text.all().iter().any(|text| text.contains(['<', '&'])));
    let variants = || texts.iter().zip(LANGUAGES);
    for text in texts[0].all() {
        let _ = writeln!(source, "/// {}", text.replace(['[', ']', '`'], "").replace('<', "&lt;"));
    }
    if let (true, false, Text::Plain(_)) = (names.is_empty(), is_html, texts[0]) {
        let _ = writeln!(source, "pub(crate) fn {key}() -> &'static str {{\n    match spoken() {{");
        for (text, (_, variant)) in variants() {
            let _ = writeln!(source, "        Language::{variant} => {:?},", text.all().concat());
        }
        source.push_str("    }\n}\n");
        return;
    }
    let mut parameters = Vec::new();
    for name in in_order(texts[0], &names) {
        let kind = if name == "count" { "Count" } else { "fmt::Display" };
        parameters.push(format!("{name}: impl {kind}"));
    }
    let (open, close, kind) = if is_html {
        ("Html(", ")", "Html<impl fmt::Display>")
    } else {
        ("", "", "impl fmt::Display")
    };
    let _ = writeln!(
        source,
        "pub(crate) fn {key}({}) -> {kind} {{\n    let language = spoken();\n    \
         {open}fmt::from_fn(move |f| match language {{",
        parameters.join(", ")
    );
    for (text, (_, variant)) in variants() {
        let _ = write!(source, "        Language::{variant} => ");
        match text {
            Text::Plain(text) => {
                let _ = writeln!(source, "{},", writing(text, is_html));
            }
            Text::Counted(forms) => {
                source.push_str("match form_of(language, count.count()) {\n");
                for (form, text) in forms.iter().filter(|(form, _)| *form != "other") {
                    let mut category = form.clone();
                    category[..1].make_ascii_uppercase();
                    let written = writing(text, is_html);
                    let _ =
                        writeln!(source, "            PluralCategory::{category} => {written},");
                }
                let _ = writeln!(
                    source,
                    "            _ => {},\n        }},",
                    writing(&forms["other"], is_html)
                );
            }
        }
    }
    let _ = writeln!(source, "    }}){close}\n}}");
}

/// Parameters stand in the order of the English text, a count first.
fn in_order(text: &Text, names: &BTreeSet<String>) -> Vec<String> {
    let mut ordered: Vec<String> = Vec::new();
    if names.contains("count") {
        ordered.push("count".to_owned());
    }
    for text in text.all() {
        for (_, name) in pieces(text) {
            if let Some(name) = name.filter(|name| !ordered.iter().any(|known| known == name)) {
                ordered.push(name.to_owned());
            }
        }
    }
    ordered
}

fn writing(text: &str, is_html: bool) -> String {
    let (mut format, mut values) = (String::new(), String::new());
    for (before, name) in pieces(text) {
        format.push_str(before);
        if let Some(name) = name {
            format.push_str("{}");
            let _ = if is_html {
                write!(values, ", Escaped(&{name})")
            } else {
                write!(values, ", {name}")
            };
        }
    }
    format!("write!(f, {format:?}{values})")
}

/// A text as a script writes it.
fn literal(text: &str) -> String {
    if text.contains('{') {
        return format!("`{}`", text.replace('`', "\\`").replace('{', "${"));
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
