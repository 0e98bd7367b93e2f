//! Parts of a gzip stream, packed by themselves and joined by copying.
//!
//! A part is a run of deflate blocks that refers to nothing before it and ends on a whole byte, so
//! that any parts can follow each other in one stream (RFC 1951, 3.2.4: an empty stored block
//! aligns). The checksum of the whole is combined from those of the parts.

use crc32fast::Hasher;

use super::packer::{Level, deflate};

/// The usual level: a part is packed once and sent often.
const WELL: Level = Level(6);
/// For what is sent once: a quarter of the time for a few bytes more.
const QUICKLY: Level = Level(1);
/// Magic number, deflate, no flags, no time, no level, no system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// A last block with nothing in it.
const LAST_BLOCK: [u8; 2] = [3, 0];
/// Bytes a stored block holds at most.
const MOST_STORED: usize = 0xffff;
/// What a stored block adds.
const STORED_HEAD: usize = 5;

/// A packed part.
#[derive(Clone, Debug)]
pub struct Packed {
    blocks: Box<[u8]>,
    checksum: u32,
    /// Bytes before packing.
    length: u64,
}

impl Packed {
    pub fn new(plain: &str) -> Self {
        Self::at(WELL, plain.as_bytes())
    }

    /// For an answer that nobody gets a second time.
    pub fn quickly(plain: &[u8]) -> Self {
        Self::at(QUICKLY, plain)
    }

    fn at(level: Level, plain: &[u8]) -> Self {
        let mut checksum = Hasher::new();
        checksum.update(plain);
        let mut blocks = Vec::new();
        deflate(plain, level, &mut blocks);
        let blocks = blocks.into_boxed_slice();
        Self { blocks, checksum: checksum.finalize(), length: plain.len() as u64 }
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.blocks.len() + size_of::<Self>()
    }
}

/// What an answer is joined from.
pub enum Piece<'a> {
    Packed(&'a Packed),
    /// A few bytes that are new in every answer.
    Plain(&'a str),
}

/// One gzip stream of these pieces.
pub fn join(pieces: &[Piece<'_>]) -> Vec<u8> {
    let size = |piece: &Piece<'_>| match piece {
        Piece::Packed(part) => part.blocks.len(),
        Piece::Plain(text) => text.len() + STORED_HEAD * (1 + text.len() / MOST_STORED),
    };
    let frame = HEADER.len() + LAST_BLOCK.len() + 8;
    let mut stream = Vec::with_capacity(frame + pieces.iter().map(size).sum::<usize>());
    stream.extend_from_slice(&HEADER);
    let mut checksum = Hasher::new();
    let mut length = 0_u64;
    for piece in pieces {
        match piece {
            Piece::Packed(part) => {
                stream.extend_from_slice(&part.blocks);
                checksum.combine(&Hasher::new_with_initial_len(part.checksum, part.length));
                length += part.length;
            }
            Piece::Plain(text) => {
                for stored in text.as_bytes().chunks(MOST_STORED) {
                    let size = u16::try_from(stored.len()).unwrap_or(u16::MAX);
                    stream.push(0);
                    stream.extend_from_slice(&size.to_le_bytes());
                    stream.extend_from_slice(&(!size).to_le_bytes());
                    stream.extend_from_slice(stored);
                }
                checksum.update(text.as_bytes());
                length += text.len() as u64;
            }
        }
    }
    stream.extend_from_slice(&LAST_BLOCK);
    stream.extend_from_slice(&checksum.finalize().to_le_bytes());
    // The format counts modulo 2^32.
    stream.extend_from_slice(&(length as u32).to_le_bytes());
    stream
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn unpacked(stream: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(stream).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn joined_parts_are_the_whole() {
        let long: String = (0..20_000).map(|n| format!("<p>{}</p>", n * 7919 % 1_000)).collect();
        let noise: String = (0..70_000_u32)
            .map(|n| char::from_u32(0x4e00 + n.wrapping_mul(2_654_435_761) % 20_000).unwrap())
            .collect();
        let (first, middle, empty) = (Packed::new("<html>"), Packed::new(&long), Packed::new(""));
        let last = Packed::new(&noise);
        let pieces = [
            Piece::Packed(&first),
            Piece::Plain("17"),
            Piece::Packed(&middle),
            Piece::Packed(&empty),
            Piece::Plain(""),
            Piece::Plain(&noise),
            Piece::Packed(&last),
        ];
        assert_eq!(unpacked(&join(&pieces)), format!("<html>17{long}{noise}{noise}"));
        assert_eq!(unpacked(&join(&[])), "");
    }
}
