//! Addresses of things that are no pages: not asked for at all.

/// Endings of archives, programs, pictures, video and sound.
const ENDINGS: [&str; 38] = [
    "zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "gz", "bz2", "rar", "7z", "dmg", "exe", "msi",
    "pkg", "deb", "iso", "jpg", "jpeg", "png", "gif", "bmp", "mp4", "mov", "avi", "mkv", "wmv",
    "flv", "heic", "heif", "mp3", "wav", "ogg", "aac", "wma", "webm", "ogv", "mpg", "mpeg", "xz",
];

/// Whether a dot and one of the endings stand anywhere after the scheme, as a word.
pub(super) fn is_a_file(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    let after = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    after.match_indices('.').any(|(at, _)| {
        let rest = &after[at + 1..];
        ENDINGS.iter().any(|ending| {
            let tail = rest.strip_prefix(ending);
            tail.is_some_and(|tail| !tail.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_endings() {
        for file in [
            "https://x.org/a.zip",
            "https://x.org/A.JPG?w=1",
            "http://x.org/a.tar.gz#x",
            "https://x.org/v.mp4/play",
            "https://x.org/?file=a.png&x",
        ] {
            assert!(is_a_file(file), "{file}");
        }
        for page in [
            "https://x.org/",
            "https://x.org/a.zipped",
            "https://x.org/zip",
            "https://x.org/a.gift",
            "https://x.org/story.html",
        ] {
            assert!(!is_a_file(page), "{page}");
        }
    }
}
