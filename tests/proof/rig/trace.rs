//! What the program asks of the system, as `strace` wrote it down: every write to its files, every
//! flush, every name made and taken away, and between them what it said to the network.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What `strace` is asked to note. Whatever can alter a file is here, also what the program does not
/// use today: the reader of the notes stops at what it does not know.
const NOTED: &str = "trace=openat,open,creat,close,lseek,write,writev,pwrite64,pwritev,pwritev2,\
    sendto,sendmsg,fsync,fdatasync,sync_file_range,ftruncate,truncate,fallocate,rename,renameat,\
    renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,mkdir,mkdirat,rmdir,copy_file_range,\
    sendfile,splice,mmap,io_uring_setup";

/// The place of files that are opened to be written at their end.
const AT_THE_END: u64 = u64::MAX;

/// The words before a command that has its calls noted in a file, all bytes in full.
pub fn noting(file: &Path) -> Vec<OsString> {
    let words = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "4000000", "-e", NOTED];
    let mut all: Vec<OsString> = words.iter().map(Into::into).collect();
    all.extend(["-e".into(), "signal=none".into(), "-o".into(), file.into()]);
    all
}

/// The same, and calls of one kind fail: `pwrite64:error=EIO:when=7` is the seventh in each thread.
/// With paths only what is open on these counts, and only that is noted.
pub fn spoiling(file: &Path, what: &str, paths: &[PathBuf]) -> Vec<OsString> {
    let mut all = noting(file);
    let name = what.split(':').next().unwrap_or_default();
    let at = all.iter().position(|word| word == NOTED).unwrap();
    all[at] = format!("{NOTED},{name}").into();
    all.extend(["-e".into(), format!("inject={what}").into()]);
    all.extend(paths.iter().flat_map(|path| ["-P".into(), path.into()]));
    all
}

/// One thing that happened, in the order in which the program could notice it.
#[derive(Debug)]
pub enum Happened {
    Opened {
        thread: u32,
        path: PathBuf,
    },
    Made(PathBuf),
    MadeFolder(PathBuf),
    Wrote {
        path: PathBuf,
        at: u64,
        bytes: Vec<u8>,
    },
    Cut {
        path: PathBuf,
        length: u64,
    },
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Removed(PathBuf),
    /// A flush was asked for by this thread.
    FlushAsked {
        thread: u32,
    },
    /// It is done: what was written before it was asked for is on the disk.
    Flushed {
        thread: u32,
        path: PathBuf,
    },
    /// Bytes left for the network.
    Said(Vec<u8>),
    /// A call was made to fail: its name, and the file of ours it was for.
    Spoiled {
        thread: u32,
        call: String,
        path: Option<PathBuf>,
    },
}

/// Reads the notes: what concerns files below a folder, and what was said.
pub fn read(notes: &Path, folder: &Path) -> Vec<Happened> {
    let mut reader = Reader { folder, places: HashMap::new(), begun: HashMap::new(), all: vec![] };
    for line in std::fs::read_to_string(notes).unwrap().lines() {
        reader.line(line);
    }
    reader.all
}

struct Reader<'a> {
    folder: &'a Path,
    /// Where the next `write` goes, by the number of the open file.
    places: HashMap<i32, u64>,
    /// Calls that have not come back, by their thread.
    begun: HashMap<u32, String>,
    all: Vec<Happened>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) {
        let Some((thread, rest)) = line.split_once(' ') else { return };
        let (thread, rest) = (thread.parse().unwrap(), rest.trim_start());
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let (_, end) = resumed.split_once(" resumed>").unwrap();
            let call = self.begun.remove(&thread).unwrap_or_default() + end;
            self.ended(thread, &call);
        } else if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            self.asked(thread, begun);
            self.begun.insert(thread, begun.to_owned());
        } else if !rest.starts_with("+++") && !rest.starts_with("---") {
            self.asked(thread, rest);
            self.ended(thread, rest);
        }
    }

    /// What counts from the moment in which it is asked for: bytes may leave, flushes begin.
    fn asked(&mut self, thread: u32, call: &str) {
        let Some((name, arguments)) = call.split_once('(') else { return };
        let is_socket = arguments.split_once('<').is_some_and(|(_, rest)| {
            text(rest.split('>').next().unwrap_or_default()).starts_with("socket:")
        });
        match name {
            "sendto" | "sendmsg" => self.all.push(Happened::Said(quoted(arguments).concat())),
            "write" | "writev" if is_socket => {
                self.all.push(Happened::Said(quoted(arguments).concat()));
            }
            "fsync" | "fdatasync" if self.ours(arguments).is_some() => {
                self.all.push(Happened::FlushAsked { thread });
            }
            _ => {}
        }
    }

    fn ended(&mut self, thread: u32, call: &str) {
        let Some((name, rest)) = call.split_once('(') else { return };
        // What follows the last sign of equality is the answer.
        let (arguments, answer) = rest.rsplit_once(" = ").unwrap_or((rest, "?"));
        if answer.contains("(INJECTED)") {
            let (call, path) = (name.to_owned(), self.ours(arguments));
            self.all.push(Happened::Spoiled { thread, call, path });
        }
        let number = answer.split(['<', ' ']).next().and_then(|number| number.parse::<i64>().ok());
        let Some(result) = number.filter(|number| *number >= 0) else { return };
        match name {
            "openat" | "open" | "creat" => self.opened(thread, result as i32, arguments),
            "close" | "pread64" => {}
            "lseek" => {
                self.places.insert(descriptor(arguments), result as u64);
            }
            "write" => {
                if let Some(path) = self.ours(arguments) {
                    let place = self.places.entry(descriptor(arguments)).or_default();
                    let at = *place;
                    assert!(at != AT_THE_END, "{path:?} is written at its end: not understood");
                    *place += result as u64;
                    self.wrote(path, at, arguments, result);
                }
            }
            "pwrite64" => {
                if let Some(path) = self.ours(arguments) {
                    let at = last_number(arguments);
                    self.wrote(path, at, arguments, result);
                }
            }
            "ftruncate" | "truncate" => {
                if let Some(path) = self.ours(arguments) {
                    self.all.push(Happened::Cut { path, length: last_number(arguments) });
                }
            }
            "fsync" | "fdatasync" => {
                if let Some(path) = self.ours(arguments) {
                    self.all.push(Happened::Flushed { thread, path });
                }
            }
            "rename" | "renameat" | "renameat2" => {
                if let [Some(from), Some(to)] = &self.named(arguments)[..] {
                    self.all.push(Happened::Renamed { from: from.clone(), to: to.clone() });
                }
            }
            "unlink" | "unlinkat" | "rmdir" => {
                if let [Some(path)] = &self.named(arguments)[..] {
                    self.all.push(Happened::Removed(path.clone()));
                }
            }
            "mkdir" | "mkdirat" => {
                if let [Some(path)] = &self.named(arguments)[..] {
                    self.all.push(Happened::MadeFolder(path.clone()));
                }
            }
            "mmap" => {
                // The index of the log is made anew at every start; nothing else may be altered so.
                let alters = arguments.contains("PROT_WRITE") && arguments.contains("MAP_SHARED");
                assert!(!alters || self.ours(arguments).is_none(), "a file is altered by {call}");
            }
            "sendto" | "sendmsg" | "writev" if self.ours(arguments).is_none() => {}
            _ => {
                let touches = self.ours(arguments).is_some()
                    || self.named(arguments).iter().any(Option::is_some);
                assert!(!touches, "what does this do to a file? {}", &call[..call.len().min(400)]);
            }
        }
    }

    fn opened(&mut self, thread: u32, number: i32, arguments: &str) {
        let appends = arguments.contains("O_APPEND");
        self.places.insert(number, if appends { AT_THE_END } else { 0 });
        let [Some(path)] = &self.named(arguments)[..] else { return };
        self.all.push(Happened::Opened { thread, path: path.clone() });
        if arguments.contains("O_CREAT") {
            self.all.push(Happened::Made(path.clone()));
        }
        if arguments.contains("O_TRUNC") {
            self.all.push(Happened::Cut { path: path.clone(), length: 0 });
        }
    }

    fn wrote(&mut self, path: PathBuf, at: u64, arguments: &str, written: i64) {
        let mut bytes = quoted(arguments).concat();
        bytes.truncate(written as usize);
        self.all.push(Happened::Wrote { path, at, bytes });
    }

    /// The file of ours that the first argument is open on.
    fn ours(&self, arguments: &str) -> Option<PathBuf> {
        let first = arguments.split('"').next()?;
        let inside = first.split_once('<')?.1.split('>').next()?;
        self.within(&text(inside))
    }

    /// The names among the arguments, as far as they are ours.
    fn named(&self, arguments: &str) -> Vec<Option<PathBuf>> {
        let names = quoted(arguments);
        names.iter().map(|name| self.within(&String::from_utf8_lossy(name))).collect()
    }

    fn within(&self, path: &str) -> Option<PathBuf> {
        let path = Path::new(path);
        let ours = path.starts_with(self.folder) && !path.to_string_lossy().ends_with("-shm");
        ours.then(|| path.to_owned())
    }
}

fn descriptor(arguments: &str) -> i32 {
    arguments.split(['<', ',']).next().and_then(|number| number.parse().ok()).unwrap_or(-1)
}

fn last_number(arguments: &str) -> u64 {
    let last = arguments.rsplit(", ").next().unwrap_or_default();
    last.trim().trim_end_matches(')').parse().unwrap()
}

/// Everything that stands in quotes, as the bytes it was.
fn quoted(arguments: &str) -> Vec<Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(bytes).collect()
}

fn text(hex: &str) -> String {
    String::from_utf8_lossy(&bytes(hex)).into_owned()
}

/// `\x41\x42` is AB.
fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    let codes = hex.as_bytes().split(|byte| *byte == b'\\').skip(1);
    codes.map(|code| digit(code[1]) << 4 | digit(code[2])).collect()
}
