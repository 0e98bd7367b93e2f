//! Hashing passwords, on two threads of its own.
//!
//! One hash takes 19 MiB and some 50 ms of a core. Two at a time is what a small machine can
//! spare. A thread reuses its memory while others wait for it, and gives it back to the system
//! when nobody does.
//!
//! Digests that came with somebody's data from a Campfire are bcrypt. They are checked as they are
//! and replaced by one of ours when their owner next signs in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::model::Password;

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Bytes asked for to hash in. Only what is hashed in is ever touched; but from 32 MiB on the
/// C library takes memory from the system for this purpose alone and gives it back when it is
/// freed, where less than that would stay in its stock.
const RESERVED: usize = 33 * 1024 * 1024;
/// How far the threads stand back (`nice`): pages and messages come before those who sign in, who
/// wait a moment anyway.
const NICENESS: i32 = 10;
/// Hashes computed at the same time.
const THREADS: usize = 2;
/// Hashes that may wait for a thread; one more is refused with `Busy`.
const QUEUE: usize = 64;

enum Task {
    Hash(Password, oneshot::Sender<Result<String>>),
    Verify(Password, Option<String>, oneshot::Sender<Result<bool>>),
}

/// The handle of the hashing threads. They end when the last clone is dropped.
#[derive(Clone)]
pub struct Passwords {
    queue: SyncSender<Task>,
    waiting: Arc<AtomicUsize>,
}

impl Passwords {
    pub fn start() -> anyhow::Result<Self> {
        let (queue, tasks) = sync_channel(QUEUE);
        let tasks = Arc::new(Mutex::new(tasks));
        let waiting = Arc::new(AtomicUsize::new(0));
        for n in 1..=THREADS {
            let (tasks, waiting) = (tasks.clone(), waiting.clone());
            std::thread::Builder::new()
                .name(format!("passwords-{n}"))
                .spawn(move || Hasher::new().map(|hasher| hasher.run(&tasks, &waiting)))?;
        }
        Ok(Self { queue, waiting })
    }

    /// The digest of a new password, as a PHC string with a fresh salt.
    ///
    /// # Errors
    /// `Busy` when too many wait already.
    pub async fn hash(&self, password: Password) -> Result<String> {
        let (answer, answered) = oneshot::channel();
        self.send(Task::Hash(password, answer))?;
        answered.await.map_err(|_| Error::Busy)?
    }

    /// Whether a password fits a digest. Without a digest the answer is no, after the same work:
    /// how long it takes must not tell whether somebody is known here.
    ///
    /// # Errors
    /// `Busy` when too many wait already.
    pub async fn verify(&self, password: Password, digest: Option<String>) -> Result<bool> {
        let (answer, answered) = oneshot::channel();
        self.send(Task::Verify(password, digest, answer))?;
        answered.await.map_err(|_| Error::Busy)?
    }

    /// Whether this digest should give way to a new one as soon as its password is known.
    pub fn is_outdated(&self, digest: &str) -> bool {
        parse(digest).is_none()
    }

    fn send(&self, task: Task) -> Result<()> {
        // Before it is sent: whoever takes it counts it off.
        self.waiting.fetch_add(1, Ordering::AcqRel);
        self.queue.try_send(task).map_err(|refused| match refused {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => {
                self.waiting.fetch_sub(1, Ordering::AcqRel);
                Error::Busy
            }
        })
    }
}

struct Hasher {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
}

impl Hasher {
    fn new() -> anyhow::Result<Self> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES))
            .map_err(|error| anyhow!("argon2: {error}"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self { argon2, memory: Vec::new() })
    }

    fn run(mut self, tasks: &Mutex<Receiver<Task>>, waiting: &AtomicUsize) {
        // Counts for the calling thread alone. Where it is not allowed, they all share alike.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        loop {
            // Before the lock, as another thread holds that while it waits for a task: this one
            // would keep its memory for as long.
            if waiting.load(Ordering::Acquire) == 0 {
                self.memory = Vec::new();
            }
            let tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
            let next = tasks.try_recv().or_else(|_| {
                self.memory = Vec::new();
                tasks.recv()
            });
            drop(tasks);
            waiting.fetch_sub(usize::from(next.is_ok()), Ordering::AcqRel);
            match next {
                // A caller that went away needs no answer.
                Ok(Task::Hash(password, answer)) => drop(answer.send(self.hash(&password))),
                Ok(Task::Verify(password, digest, answer)) => {
                    drop(answer.send(self.verify(&password, digest.as_deref())));
                }
                Err(_) => return,
            }
        }
    }

    fn hash(&mut self, password: &Password) -> Result<String> {
        let salt: [u8; SALT_BYTES] = rand::random();
        let hash = self.digest(password, &salt)?;
        Ok(format!(
            "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash)
        ))
    }

    fn verify(&mut self, password: &Password, digest: Option<&str>) -> Result<bool> {
        if let Some(digest) = digest.filter(|digest| is_bcrypt(digest)) {
            // A digest that cannot be read fits nothing.
            return Ok(bcrypt::verify(password.as_bytes(), digest).unwrap_or(false));
        }
        let known = digest.and_then(parse);
        let (salt, expected) =
            known.clone().unwrap_or_else(|| (vec![0; SALT_BYTES], vec![0; HASH_BYTES]));
        let found = self.digest(password, &salt)?;
        Ok(known.is_some() & bool::from(found.ct_eq(&expected)))
    }

    fn digest(&mut self, password: &Password, salt: &[u8]) -> Result<[u8; HASH_BYTES]> {
        if self.memory.is_empty() {
            self.memory.reserve_exact(RESERVED / size_of::<Block>());
            self.memory.resize(self.argon2.params().block_count(), Block::default());
        }
        let mut hash = [0; HASH_BYTES];
        self.argon2
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, &mut self.memory)
            .map_err(|error| anyhow!("argon2: {error}"))?;
        Ok(hash)
    }
}

/// Whether a digest is of the kind that Campfire keeps.
fn is_bcrypt(digest: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| digest.starts_with(prefix))
}

/// Salt and hash of a digest that was made with our own parameters.
fn parse(digest: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let rest = digest.strip_prefix("$argon2id$v=19$")?;
    let rest = rest.strip_prefix(&format!("m={MEMORY_KIB},t={PASSES},p={LANES}$"))?;
    let (salt, hash) = rest.split_once('$')?;
    let (salt, hash) = (STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(hash).ok()?);
    (hash.len() == HASH_BYTES).then_some((salt, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_digest_only() {
        let passwords = Passwords::start().unwrap();
        let secret = Password::parse("correct horse").unwrap();
        let digest = passwords.hash(secret.clone()).await.unwrap();
        assert!(digest.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(secret.clone(), Some(digest.clone())).await.unwrap());
        let other = Password::parse("wrong horse").unwrap();
        assert!(!passwords.verify(other, Some(digest)).await.unwrap());
        assert!(!passwords.verify(secret.clone(), None).await.unwrap());
        assert!(!passwords.verify(secret, Some("$2a$12$nonsense".into())).await.unwrap());
    }

    #[tokio::test]
    async fn a_digest_from_a_campfire_is_checked_and_outdated() {
        let passwords = Passwords::start().unwrap();
        let digest = bcrypt::hash("secret123456", 4).unwrap();
        let right = Password::attempt("secret123456").unwrap();
        assert!(passwords.verify(right.clone(), Some(digest.clone())).await.unwrap());
        let wrong = Password::attempt("secret1234567").unwrap();
        assert!(!passwords.verify(wrong, Some(digest.clone())).await.unwrap());
        assert!(passwords.is_outdated(&digest));
        let ours = passwords.hash(right).await.unwrap();
        assert!(!passwords.is_outdated(&ours));
    }
}
