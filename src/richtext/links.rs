//! Where a link may lead, and that its words do not lie about it.

use ammonia::Url;

/// What every link that leaves this server carries.
pub const REL: &str = "noopener noreferrer nofollow ugc";

/// The address of a link that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href {
    /// As it is written into the page.
    pub value: String,
    /// Where it really leads, said in a few letters: a host, an email address, a path.
    pub destination: String,
    /// Leads away from this server (`http` and `https`).
    pub outside: bool,
}

/// A link target with one of the schemes `http`, `https`, `mailto`, or a path on this server
/// beginning with one slash. Everything else, protocol-relative addresses included, is none.
pub fn accept(raw: &str) -> Option<Href> {
    // Browsers skip these inside addresses, so they would hide what an address really is.
    let raw: String = raw.chars().filter(|c| !c.is_control()).collect();
    let raw = raw.trim();
    if raw.starts_with('/') {
        return local(raw);
    }
    if raw.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) || is_domain_path(raw) {
        return outside(&format!("http://{raw}"));
    }
    match raw.split_once(':')?.0.to_ascii_lowercase().as_str() {
        "http" | "https" => outside(raw),
        "mailto" => mail(raw),
        _ => None,
    }
}

fn local(raw: &str) -> Option<Href> {
    let plain = raw.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'<' | b'>'));
    if !plain || raw.starts_with("//") {
        return None;
    }
    Some(Href { value: raw.to_owned(), destination: raw.to_owned(), outside: false })
}

fn outside(raw: &str) -> Option<Href> {
    let url = Url::parse(raw).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?.to_owned();
    Some(Href { value: as_written(raw, &url, &host), destination: host, outside: true })
}

fn mail(raw: &str) -> Option<Href> {
    let url = Url::parse(raw).ok()?;
    let address = url.path().to_owned();
    let value = as_written(raw, &url, &address);
    address.contains('@').then_some(Href { value, destination: address, outside: false })
}

/// What was typed where every reader of addresses agrees on it, else the normal form.
fn as_written(raw: &str, url: &Url, destination: &str) -> String {
    let start = raw.get(..url.scheme().len() + 3 + destination.len());
    let agreed = raw.bytes().all(|b| b.is_ascii_graphic() && !b"\\<>\"`{}|^'".contains(&b))
        && start.is_some_and(|start| start.ends_with(destination))
        && (url.scheme() == "mailto" || raw[url.scheme().len()..].starts_with("://"));
    if agreed || (url.scheme() == "mailto" && raw == url.as_str()) {
        raw.to_owned()
    } else {
        url.as_str().to_owned()
    }
}

/// What to add to the words of a link so that they do not claim to lead elsewhere: the real
/// destination when the words look like another address, name another host, or are spelled in
/// letters of several scripts.
pub fn missing_destination<'h>(words: &str, href: &'h Href) -> Option<&'h str> {
    let real = without_www(&href.destination);
    let said = words.trim_end().strip_suffix(')').is_some_and(|words| {
        words.strip_suffix(&*href.destination).is_some_and(|words| words.ends_with(" ("))
    });
    let disguised = href.outside && href.value.split(['/', '?', '#']).nth(2)?.contains('@');
    let lies = words
        .split_whitespace()
        .filter_map(claim)
        .any(|claimed| without_www(&claimed.destination) != real || claimed.mixed_scripts);
    ((disguised || lies) && !said).then_some(&*href.destination)
}

struct Claim {
    destination: String,
    mixed_scripts: bool,
}

/// The host or email address that a word on a page seems to lead to.
fn claim(word: &str) -> Option<Claim> {
    let word: String = word.chars().filter(|c| !is_unseen(*c)).collect();
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    if word.contains('@') && !word.contains('/') {
        return Some(Claim { destination: word.to_owned(), mixed_scripts: false });
    }
    let after_scheme = word.split_once("//").map(|(_, rest)| rest);
    let authority = after_scheme.unwrap_or(word).split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.find(']') {
        Some(end) if host.starts_with('[') => &host[..=end],
        _ => host.split(':').next()?,
    };
    if after_scheme.is_none() && !is_domain(host, word.len() > host.len()) {
        return None;
    }
    let destination = Url::parse(&format!("http://{host}/"))
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| host.to_owned());
    (!host.is_empty())
        .then(|| Claim { destination, mixed_scripts: host.split('.').any(is_disguise) })
}

/// Endings of file names that are also, or could be, endings of host names.
const FILE_ENDINGS: [&str; 14] =
    ["cc", "js", "md", "mov", "pl", "ps", "py", "rb", "rs", "sh", "so", "ts", "txt", "zip"];

/// `example.com`, but not `1.5`, `e.g` or (when nothing follows) `main.rs`.
fn is_domain(text: &str, more_follows: bool) -> bool {
    let Some((names, last)) = text.rsplit_once('.') else { return false };
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    names.split('.').all(label)
        && last.chars().count() >= 2
        && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"))
        && (more_follows || !FILE_ENDINGS.contains(&last.to_ascii_lowercase().as_str()))
}

fn is_domain_path(raw: &str) -> bool {
    let host = raw.split(['/', '?', '#']).next().unwrap_or_default();
    is_domain(host.split(':').next().unwrap_or_default(), raw.len() > host.len())
        && host.split_once(':').is_none_or(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

fn is_unseen(c: char) -> bool {
    crate::model::text::is_invisible(c)
        || matches!(c, '\u{AD}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// A part of a host name that mixes scripts which look alike, or is written in one of them with
/// nothing but letters that have a Latin double.
fn is_disguise(label: &str) -> bool {
    let (mut latin, mut cyrillic, mut greek, mut others, mut unlike) =
        (false, false, false, false, false);
    for c in label.chars().filter(|c| c.is_alphabetic()) {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => latin = true,
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => greek = true,
            '\u{400}'..='\u{52F}' => cyrillic = true,
            '\u{530}'..='\u{58F}'
            | '\u{13A0}'..='\u{13FF}'
            | '\u{250}'..='\u{2AF}'
            | '\u{1D00}'..='\u{1DBF}'
            | '\u{FF00}'..='\u{FFEF}'
            | '\u{10400}'..='\u{1044F}'
            | '\u{1D400}'..='\u{1D7FF}' => others = true,
            _ => continue,
        }
        unlike |= !(c.is_ascii() || "аеорсухіјѕһԁԛԝӏьгпкмтвнοανικρτυχ".contains(c));
    }
    let scripts = [latin, cyrillic, greek, others].iter().filter(|used| **used).count();
    scripts > 1 || others || ((cyrillic || greek) && !unlike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str) -> Option<String> {
        accept(raw).map(|href| href.value)
    }

    #[test]
    fn only_three_schemes_and_local_paths_are_links() {
        assert_eq!(
            value("https://example.com/a?b=c#d").as_deref(),
            Some("https://example.com/a?b=c#d")
        );
        assert_eq!(value("HTTP://Example.com").as_deref(), Some("http://example.com/"));
        assert_eq!(value("www.example.com").as_deref(), Some("http://www.example.com"));
        assert_eq!(value("example.com/docs").as_deref(), Some("http://example.com/docs"));
        assert_eq!(value("mailto:ada@example.com").as_deref(), Some("mailto:ada@example.com"));
        assert_eq!(value("/rooms/7/@42").as_deref(), Some("/rooms/7/@42"));
        for bad in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " \u{1}javascript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "//evil.example",
            "/\t/evil.example",
            "\\\\evil.example",
            "/\\evil.example",
            "file:///etc/passwd",
            "ftp://x.org",
            "http://",
            "https:///",
            "mailto:",
            "mailto:x",
            "#top",
            "x/y",
            "",
            "blob:https://x.org/1",
            "tel:123",
            "/<b>",
        ] {
            assert_eq!(value(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn accepting_twice_changes_nothing() {
        for raw in [
            "https://münchen.de/ä b",
            "http:example.com",
            "https:\\\\x.org\\y",
            "http://a@b.org",
            "http://[::1]:80/x",
            "https://x.org/%zz|",
            "mailto:a b@x.org",
            "http://0x7f.1/",
        ] {
            let once = value(raw).unwrap();
            assert_eq!(value(&once), Some(once.clone()), "{raw:?}");
        }
    }

    fn shown(words: &str, href: &str) -> Option<String> {
        missing_destination(words, &accept(href).unwrap()).map(str::to_owned)
    }

    #[test]
    fn words_that_name_another_host_get_the_real_one_added() {
        let evil = "https://evil.example/login";
        for lie in [
            "https://bank.com",
            "bank.com",
            "www.bank.com/login",
            "Log in at bank.com now",
            "//bank.com",
            "ba\u{200B}nk.com",
            "(bank.com)",
            "service@bank.com",
            "https://bank.com@evil.example",
        ] {
            let expected =
                (lie != "https://bank.com@evil.example").then(|| "evil.example".to_owned());
            assert_eq!(shown(lie, evil), expected, "{lie:?}");
        }
        for honest in [
            "click here",
            "evil.example",
            "https://www.evil.example/other",
            "main.rs",
            "1.5",
            "e.g.",
            "bank.com (evil.example)",
        ] {
            assert_eq!(shown(honest, evil), None, "{honest:?}");
        }
        assert_eq!(
            shown("https://bank.com@evil.example/", "https://bank.com@evil.example/").as_deref(),
            Some("evil.example")
        );
        assert_eq!(shown("ada@good.org", "mailto:eve@evil.org").as_deref(), Some("eve@evil.org"));
        assert_eq!(shown("https://bank.com", "/rooms/1").as_deref(), Some("/rooms/1"));
    }

    #[test]
    fn look_alike_hosts_are_spelled_out() {
        assert_eq!(
            shown("https://pаypal.com", "https://pаypal.com").as_deref(),
            Some("xn--pypal-4ve.com")
        );
        assert_eq!(
            shown("https://аррӏе.com", "https://аррӏе.com").as_deref(),
            Some("xn--80ak6aa92e.com")
        );
        assert_eq!(shown("https://münchen.de", "https://münchen.de"), None);
        assert_eq!(shown("https://почта.рф", "https://почта.рф"), None);
        assert_eq!(shown("https://例え.jp", "https://例え.jp"), None);
    }
}
