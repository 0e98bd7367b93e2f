//! What kind of file some bytes are, and how large a picture says it is. Reads headers alone and
//! decodes nothing, so it may look at anything.

use std::io::{self, Read, Seek, SeekFrom};

use crate::model::attachment::{Kind, OPAQUE, Preview, kind_of};

/// Bytes at the start of a file that tell its kind.
const HEAD: u64 = 8 * 1024;
/// Sections of a JPEG that are passed over in search of its size.
const MOST_SECTIONS: usize = 1_000;
/// Largest section of a JPEG that is read for its orientation, in bytes: all there can be.
const MOST_EXIF: usize = 64 * 1024;

/// What can be known of a file without decoding it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// By the bytes; `application/octet-stream` if they say nothing.
    pub content_type: &'static str,
    /// Of a picture, upright.
    pub size: Option<(u32, u32)>,
    /// Pending for a picture whose small copy is worth trying, and for a film.
    pub preview: Preview,
}

/// Looks at a file from its beginning.
///
/// # Errors
/// When it cannot be read.
pub fn look(file: &mut (impl Read + Seek)) -> io::Result<Look> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    let content_type = content_type(&head);
    let size = match content_type {
        "image/png" => png(&head),
        "image/gif" => gif(&head),
        "image/webp" => webp(&head),
        "image/jpeg" => match jpeg(file) {
            // Cut off: there is no size then.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            other => other?,
        },
        _ => None,
    };
    let preview = match kind_of(content_type) {
        Kind::Picture if size.is_some_and(super::is_decodable) => Preview::Pending,
        Kind::Film => Preview::Pending,
        _ => Preview::None,
    };
    Ok(Look { content_type, size, preview })
}

/// The type by the bytes, in the spelling it is served with.
fn content_type(head: &[u8]) -> &'static str {
    let Some(found) = infer::get(head) else { return OPAQUE };
    match found.mime_type() {
        "video/x-m4v" => "video/mp4",
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        // Whatever could run in a browser is nothing in particular.
        text if text.starts_with("text/") || text.contains("xml") || text.contains("script") => {
            OPAQUE
        }
        other => other,
    }
}

fn sized(width: u32, height: u32) -> Option<(u32, u32)> {
    (width > 0 && height > 0).then_some((width, height))
}

fn number(bytes: &[u8], at: usize, length: usize, big_endian: bool) -> Option<u32> {
    let slice = bytes.get(at..at.checked_add(length)?)?;
    let add = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
    Some(if big_endian { slice.iter().fold(0, add) } else { slice.iter().rev().fold(0, add) })
}

fn png(head: &[u8]) -> Option<(u32, u32)> {
    (head.get(12..16)? == b"IHDR").then_some(())?;
    sized(number(head, 16, 4, true)?, number(head, 20, 4, true)?)
}

fn gif(head: &[u8]) -> Option<(u32, u32)> {
    sized(number(head, 6, 2, false)?, number(head, 8, 2, false)?)
}

fn webp(head: &[u8]) -> Option<(u32, u32)> {
    match head.get(12..16)? {
        b"VP8X" => sized(number(head, 24, 3, false)? + 1, number(head, 27, 3, false)? + 1),
        b"VP8 " => {
            sized(number(head, 26, 2, false)? & 0x3FFF, number(head, 28, 2, false)? & 0x3FFF)
        }
        b"VP8L" => {
            let bits = number(head, 21, 4, false)?;
            sized((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        _ => None,
    }
}

/// Passes over the sections before the picture itself; what was taken with the camera turned is
/// measured upright.
fn jpeg(file: &mut (impl Read + Seek)) -> io::Result<Option<(u32, u32)>> {
    file.seek(SeekFrom::Start(2))?;
    let mut turned = false;
    for _ in 0..MOST_SECTIONS {
        let mut sign = [0; 4];
        file.read_exact(&mut sign)?;
        let length = usize::from(u16::from_be_bytes([sign[2], sign[3]]));
        if sign[0] != 0xFF || length < 2 {
            return Ok(None);
        }
        let content = length - 2;
        match sign[1] {
            // Start of a frame: precision, height, width.
            0xC0..=0xCF if ![0xC4, 0xC8, 0xCC].contains(&sign[1]) => {
                let mut frame = [0; 5];
                file.read_exact(&mut frame)?;
                let height = u32::from(u16::from_be_bytes([frame[1], frame[2]]));
                let width = u32::from(u16::from_be_bytes([frame[3], frame[4]]));
                let size = if turned { (height, width) } else { (width, height) };
                return Ok(sized(size.0, size.1));
            }
            0xE1 if content <= MOST_EXIF => {
                let mut exif = vec![0; content];
                file.read_exact(&mut exif)?;
                turned |= exif_orientation(&exif).is_some_and(|turn| (5..=8).contains(&turn));
            }
            _ => {
                file.seek(SeekFrom::Current(content as i64))?;
            }
        }
    }
    Ok(None)
}

/// The orientation that a section of metadata names: 1 to 8.
fn exif_orientation(section: &[u8]) -> Option<u32> {
    let tiff = section.strip_prefix(b"Exif\0\0")?;
    let big_endian = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let at = usize::try_from(number(tiff, 4, 4, big_endian)?).ok()?;
    let entries = usize::try_from(number(tiff, at, 2, big_endian)?).ok()?;
    (0..entries).find_map(|n| {
        let entry = at.checked_add(2)?.checked_add(n.checked_mul(12)?)?;
        (number(tiff, entry, 2, big_endian)? == 0x0112)
            .then(|| number(tiff, entry + 8, 2, big_endian))?
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, RgbImage};

    use super::*;

    fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgb8(RgbImage::new(width, height));
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn seen(bytes: &[u8]) -> Look {
        look(&mut Cursor::new(bytes)).unwrap()
    }

    #[test]
    fn pictures_are_measured() {
        let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
        for format in formats {
            let look = seen(&written(321, 123, format));
            assert_eq!(look.size, Some((321, 123)), "{format:?}");
            assert_eq!(look.content_type, format.to_mime_type());
            assert_eq!(look.preview, Preview::Pending);
        }
    }

    #[test]
    fn a_turned_photograph_is_measured_upright() {
        let jpeg = written(40, 20, ImageFormat::Jpeg);
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&jpeg[..2], &[0xFF, 0xE1], &length, exif, &jpeg[2..]].concat();
        assert_eq!(seen(&turned).size, Some((20, 40)));
    }

    #[test]
    fn what_is_cut_off_or_lies_has_no_size() {
        let jpeg = written(40, 20, ImageFormat::Jpeg);
        assert_eq!(seen(&jpeg[..24]).size, None);
        assert_eq!(seen(&jpeg[..24]).preview, Preview::None);
        assert_eq!(seen(b"").content_type, OPAQUE);
        for page in ["<!doctype html><script>alert(1)</script>", "<svg xmlns='x'/>", "#!/bin/sh"] {
            assert_eq!(seen(page.as_bytes()).preview, Preview::None, "{page}");
            assert!(!seen(page.as_bytes()).content_type.starts_with("text"), "{page}");
        }
        let mut bomb = written(8, 8, ImageFormat::Gif);
        bomb[6..10].copy_from_slice(&[0x20, 0x4E, 0x20, 0x4E]);
        assert_eq!(
            (seen(&bomb).size, seen(&bomb).preview),
            (Some((20_000, 20_000)), Preview::None)
        );
    }
}
