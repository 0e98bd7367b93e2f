//! The packers of this process, used again and again.
//!
//! One takes 380 KB, aligned. The C library gives such a piece back to its own stock when it is
//! freed, and does not find it there when the next one is asked for: with a packer for each answer
//! the process grows by a hundred megabytes within an hour. So a few are kept.

use std::sync::{Mutex, PoisonError};

use flate2::{Compress, Compression, FlushCompress, Status};

/// Packers that wait for work; no more than threads that answer requests.
const KEPT: usize = 3;

static IDLE: Mutex<Vec<Compress>> = Mutex::new(Vec::new());

/// How hard to try, from 1 to 9.
#[derive(Clone, Copy)]
pub struct Level(pub u32);

/// Appends deflate blocks that refer to nothing before them and end on a whole byte; none of them
/// is marked as the last.
pub fn deflate(plain: &[u8], level: Level, blocks: &mut Vec<u8>) {
    if plain.is_empty() {
        return;
    }
    let mut packer = take(Compression::new(level.0));
    blocks.reserve(plain.len() / 4 + 64);
    loop {
        let taken = usize::try_from(packer.total_in()).unwrap_or(usize::MAX);
        let rest = plain.get(taken..).unwrap_or_default();
        let packed = packer.compress_vec(rest, blocks, FlushCompress::Sync);
        let has_room = blocks.len() < blocks.capacity();
        let is_whole = packer.total_in() == plain.len() as u64;
        if (is_whole && has_room) || !matches!(packed, Ok(Status::Ok | Status::BufError)) {
            break;
        }
        blocks.reserve(blocks.len().max(64));
    }
    put_back(packer);
}

/// One that remembers nothing of what it packed before.
fn take(level: Compression) -> Compress {
    let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let Some(mut packer) = idle else { return Compress::new(level, false) };
    packer.reset();
    match packer.set_level(level) {
        Ok(()) => packer,
        Err(_) => Compress::new(level, false),
    }
}

fn put_back(packer: Compress) {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if idle.len() < KEPT {
        idle.push(packer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anew(plain: &[u8], level: u32) -> Vec<u8> {
        let mut blocks = Vec::with_capacity(plain.len() * 2 + 1_000);
        let mut packer = Compress::new(Compression::new(level), false);
        packer.compress_vec(plain, &mut blocks, FlushCompress::Sync).unwrap();
        blocks
    }

    #[test]
    fn a_packer_that_is_used_again_packs_like_a_new_one() {
        let long: String = (0..30_000).map(|n| format!("<p>{}</p>", n * 7919 % 1_000)).collect();
        let texts = [long.as_str(), "Hello", "Hello", &long[..3_000], "", &long];
        for _ in 0..3 {
            for (text, level) in texts.iter().zip([6, 1, 6, 1, 6, 1]) {
                let mut blocks = vec![7];
                deflate(text.as_bytes(), Level(level), &mut blocks);
                let expected = if text.is_empty() { vec![] } else { anew(text.as_bytes(), level) };
                assert!(blocks[1..] == expected, "level {level}, {} bytes", text.len());
            }
        }
    }
}
