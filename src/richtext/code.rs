//! Which languages a code block may say it is written in.

/// Languages that the highlighter knows, by its own names, each with what people type for it.
const LANGUAGES: [(&str, &[&str]); 36] = [
    ("bash", &["sh", "shell", "zsh", "console", "shell-session"]),
    ("c", &["h"]),
    ("cpp", &["c++", "cc", "cxx", "hpp"]),
    ("csharp", &["c#", "cs"]),
    ("css", &[]),
    ("diff", &["patch"]),
    ("dockerfile", &["docker"]),
    ("elixir", &["ex", "exs"]),
    ("erb", &[]),
    ("go", &["golang"]),
    ("graphql", &["gql"]),
    ("haskell", &["hs"]),
    ("ini", &["toml", "conf", "cfg"]),
    ("java", &[]),
    ("javascript", &["js", "jsx", "mjs", "cjs", "node"]),
    ("json", &["jsonc", "json5"]),
    ("kotlin", &["kt", "kts"]),
    ("less", &[]),
    ("lua", &[]),
    ("makefile", &["make", "mk"]),
    ("markdown", &["md"]),
    ("nginx", &[]),
    ("perl", &["pl"]),
    ("php", &[]),
    ("plaintext", &["text", "txt", "plain", "nohighlight"]),
    ("python", &["py", "python3", "gyp"]),
    ("r", &[]),
    ("ruby", &["rb", "gemspec", "irb"]),
    ("rust", &["rs"]),
    ("scss", &["sass"]),
    ("sql", &["sqlite", "postgres", "postgresql", "mysql"]),
    ("swift", &[]),
    ("typescript", &["ts", "tsx"]),
    ("wasm", &["wat"]),
    ("xml", &["html", "xhtml", "svg", "rss", "plist", "htm"]),
    ("yaml", &["yml"]),
];

/// The class of a code block whose fence says `info` (`rust`, `rs,ignore`, `js title=x`), if it
/// names a language on the list.
pub fn language_class(info: &str) -> Option<String> {
    let word = info.trim().split([' ', '\t', ',', '{', ':']).next()?.to_ascii_lowercase();
    LANGUAGES
        .iter()
        .find(|(name, aliases)| *name == word || aliases.contains(&word.as_str()))
        .map(|(name, _)| format!("language-{name}"))
}

/// The class that HTML from elsewhere asks for: `language-rust`, `lang-rs`.
pub fn language_of_class(class: &str) -> Option<String> {
    class
        .split_ascii_whitespace()
        .filter_map(|word| word.strip_prefix("language-").or_else(|| word.strip_prefix("lang-")))
        .find_map(language_class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_names_a_language_on_the_list() {
        let twelve = "bash css diff go java javascript json python ruby rust sql xml";
        for name in twelve.split(' ') {
            assert_eq!(language_class(name), Some(format!("language-{name}")));
        }
        assert_eq!(language_class("RS,ignore").as_deref(), Some("language-rust"));
        assert_eq!(language_class(" js title=\"x\"").as_deref(), Some("language-javascript"));
        for unknown in ["", "klingon", "rust\"onclick", "../rust"] {
            assert_eq!(language_class(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_class_of_pasted_code_is_read_the_same_way() {
        assert_eq!(language_of_class("hljs lang-html").as_deref(), Some("language-xml"));
        assert_eq!(language_of_class("mention x"), None);
    }
}
