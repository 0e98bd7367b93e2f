//! The operator's own sounds, by name.

use std::path::PathBuf;

/// Kinds of audio an operator may put into the folder of sounds, by ending.
const AUDIO: [(&str, &str); 5] = [
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("m4a", "audio/mp4"),
    ("webm", "audio/webm"),
];

/// Largest sound that is served, in bytes.
const MAX_SOUND: u64 = 5 * 1024 * 1024;

/// The operator's own sounds: files `NAME.mp3` and the like, put there by hand at any time.
#[derive(Clone)]
pub struct Sounds {
    folder: PathBuf,
}

impl Sounds {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The file of a sound and its type; none if there is no such sound.
    pub fn find(&self, name: &str) -> Option<(PathBuf, &'static str)> {
        if !is_sound_name(name) {
            return None;
        }
        AUDIO.into_iter().find_map(|(ending, kind)| {
            let path = self.folder.join(format!("{name}.{ending}"));
            path.is_file().then_some((path, kind))
        })
    }

    /// The bytes of a sound and its type; none if there is no such sound or it cannot be read.
    pub fn read(&self, name: &str) -> Option<(Vec<u8>, &'static str)> {
        let (path, kind) = self.find(name)?;
        let size = path.metadata().ok()?.len();
        if size > MAX_SOUND {
            tracing::warn!(name, size, "a sound is too large to be served");
            return None;
        }
        Some((std::fs::read(path).ok()?, kind))
    }

    /// The names of all of them, sorted. A folder that cannot be read holds none.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let ending = path.extension()?.to_str()?;
                let name = path.file_stem()?.to_str()?;
                let known = AUDIO.iter().any(|(audio, _)| *audio == ending);
                (known && is_sound_name(name)).then(|| name.to_owned())
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What can be typed after `/play`, and nothing that could lead out of the folder.
fn is_sound_name(name: &str) -> bool {
    (1..=50).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_found_by_name_and_never_outside_their_folder() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("gong.mp3"), b"x").unwrap();
        std::fs::write(directory.path().join("notes.txt"), b"x").unwrap();
        let sounds = Sounds::in_folder(directory.path().join("."));
        assert_eq!(sounds.names(), ["gong"]);
        assert_eq!(sounds.find("gong").map(|(_, kind)| kind), Some("audio/mpeg"));
        for none in ["notes", "../gong", "gong.mp3", "", "g/../gong"] {
            assert!(sounds.find(none).is_none(), "{none:?}");
        }
    }
}
