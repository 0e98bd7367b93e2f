//! Where small copies are ordered: a few processes at a time, each with limits of its own, given
//! up when they take too long.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::thumbnail::{LENGTH, MOVING};

/// Processes at once.
pub const AT_ONCE: usize = 2;
/// Pixels up to which two are worked on at once; a larger picture is alone.
const LIGHT_PIXELS: u64 = 16_000_000;
/// What one process may use, in bytes. Some of it is the program itself.
const LIGHT: u64 = 224 << 20;
const HEAVY: u64 = 448 << 20;
/// How long one may take, waiting for the machine included.
const PATIENCE: Duration = Duration::from_secs(40);
/// Largest small copy, in bytes.
const MOST_BYTES: u64 = 8 << 20;
/// The program that reads films, if it is installed.
const FILM_READER: &str = "ffmpeg";

/// Verbs of our own program that only it asks for.
pub const THUMBNAIL_VERB: &str = "make-thumbnail";
pub const FRAME_VERB: &str = "take-frame";

/// A small copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    pub bytes: Vec<u8>,
    /// The picture it was made of moves.
    pub animated: bool,
}

/// The place where small copies are made. Clones are cheap.
#[derive(Clone)]
pub struct Workshop {
    turns: Arc<Semaphore>,
    film_reader: Option<PathBuf>,
}

impl Workshop {
    /// Looks for what is installed.
    pub fn open() -> Self {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let film_reader = std::env::split_paths(&folders)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(FILM_READER))
            .find(|program| program.is_file());
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), film_reader }
    }

    /// Whether films get a picture.
    pub fn reads_films(&self) -> bool {
        self.film_reader.is_some()
    }

    /// The small copy of a picture of so many pixels; none if it cannot be made.
    ///
    /// # Errors
    /// When no process could be started; it may work later.
    pub async fn picture(&self, file: File, pixels: u64) -> io::Result<Option<Thumbnail>> {
        let is_light = pixels <= LIGHT_PIXELS;
        let _turn = self.turn(if is_light { 1 } else { AT_ONCE }).await?;
        let maker = maker(file.into(), if is_light { LIGHT } else { HEAVY })?;
        finished(maker).await
    }

    /// The first frame of a film; none if it cannot be had.
    ///
    /// # Errors
    /// When no process could be started; it may work later.
    pub async fn film(&self, path: &Path, content_type: &str) -> io::Result<Option<Thumbnail>> {
        let Some(program) = &self.film_reader else { return Ok(None) };
        let format = if content_type == "video/webm" { "matroska" } else { "mov" };
        let _turn = self.turn(AT_ONCE).await?;
        let mut reader = ourselves();
        reader.arg(FRAME_VERB).arg(program).arg(format).arg(path).stdin(Stdio::null());
        let mut reader = reader.spawn()?;
        let frame = reader.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let maker = maker(frame.try_into()?, LIGHT)?;
        // The reader is ended with its handle, whatever it does.
        finished(maker).await
    }

    async fn turn(&self, places: usize) -> io::Result<SemaphorePermit<'_>> {
        let places = u32::try_from(places).unwrap_or(1);
        self.turns.acquire_many(places).await.map_err(io::Error::other)
    }
}

fn maker(input: Stdio, memory: u64) -> io::Result<Child> {
    ourselves().arg(THUMBNAIL_VERB).arg(memory.to_string()).stdin(input).spawn()
}

/// Our own program with nothing of our surroundings, ended when nobody waits for it any more.
fn ourselves() -> Command {
    // Still the same program while the file is being replaced by a newer one.
    let running = Path::new("/proc/self/exe");
    let program = if running.exists() {
        running.to_owned()
    } else {
        std::env::current_exe().unwrap_or_else(|_| PathBuf::from("campfire"))
    };
    let mut command = Command::new(program);
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// What it has made; none if it gave up. A copy that is whole counts, whatever became of the look
/// for further frames after it.
///
/// # Errors
/// When it took too long. As it limits its own computing, the machine was busy with other things.
async fn finished(mut maker: Child) -> io::Result<Option<Thumbnail>> {
    let output = maker.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut made = Vec::new();
    let mut output = output.take(MOST_BYTES + LENGTH as u64 + 1);
    let read = timeout(PATIENCE, output.read_to_end(&mut made)).await;
    read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let thumbnail = thumbnail(&made);
    if thumbnail.is_none() {
        tracing::info!("a small copy could not be made; the file is shown by its name");
    }
    Ok(thumbnail)
}

/// Takes apart what came: how long the copy is, the copy, and whether the picture moves.
fn thumbnail(made: &[u8]) -> Option<Thumbnail> {
    let (length, rest) = made.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let bytes = rest.get(..length).filter(|bytes| !bytes.is_empty())?.to_vec();
    Some(Thumbnail { bytes, animated: rest.get(length) == Some(&MOVING) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_copy_is_one() {
        let length = 3_u64.to_be_bytes();
        let moving = [&length[..], b"abc", &[MOVING]].concat();
        assert!(thumbnail(&moving).is_some_and(|copy| copy.animated && copy.bytes == b"abc"));
        let cut_short = [&length[..], b"abc"].concat();
        assert!(thumbnail(&cut_short).is_some_and(|copy| !copy.animated));
        for broken in [&b""[..], b"abc", &[&length[..], b"ab"].concat(), &0_u64.to_be_bytes()] {
            assert!(thumbnail(broken).is_none(), "{broken:?}");
        }
    }
}
