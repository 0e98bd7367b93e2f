//! Files of every kind, made here: sound ones, broken ones, and ones that lie.

use std::io::{Cursor, Write};

use flate2::{Compress, Compression, FlushCompress};
use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat, RgbImage, RgbaImage};

/// A colourful picture that no format packs to nothing.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x % 251) as u8, (y % 241) as u8, 90]);
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A GIF of so many frames.
pub fn moving(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
    for n in 0..frames {
        let shade = image::Rgba([(n * 40 % 256) as u8, 80, 160, 255]);
        let picture = RgbaImage::from_pixel(width, height, shade);
        let delay = Delay::from_numer_denom_ms(120, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    bytes
}

/// A photograph that says it was taken with the camera turned to the side, and where.
pub fn turned_photograph() -> Vec<u8> {
    let jpeg = picture(80, 40, ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend(b"GPS 51.5007 N 0.1246 W");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

/// A well-formed PNG of so many clear pixels that takes a few hundred kilobytes at most: it has to
/// be judged by what it says, or it takes all the memory there is.
pub fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, 6, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &packed_zeros((width as usize * 4 + 1) * height as usize));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// So many zeros as ZLIB packs them, without packing them all: a million of them, again and again.
fn packed_zeros(count: usize) -> Vec<u8> {
    const UNIT: usize = 1 << 20;
    let packed = |count: usize, flush: FlushCompress| {
        let mut bytes = Vec::with_capacity(64 * 1024);
        let mut packer = Compress::new(Compression::best(), false);
        packer.compress_vec(&vec![0; count], &mut bytes, flush).unwrap();
        bytes
    };
    let mut zlib = vec![0x78, 0x01];
    zlib.extend(packed(UNIT, FlushCompress::Full).repeat(count / UNIT));
    zlib.extend(packed(count % UNIT, FlushCompress::Finish));
    let sum = (u32::try_from(count % 65_521).unwrap() << 16) | 1;
    zlib.extend(sum.to_be_bytes());
    zlib
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(content);
    png.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    png.extend(name);
    png.extend(content);
    png.extend(sum.sum().to_be_bytes());
}

/// A small file that claims to be 20,000 pixels wide and high.
pub fn gif_that_lies() -> Vec<u8> {
    let mut gif = picture(8, 8, ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x20, 0x4E, 0x20, 0x4E]);
    gif
}

/// A picture to some, a script to others.
pub fn gif_and_script() -> Vec<u8> {
    b"GIF89a/*\x01\x00\x80\x00\x00*/=1;alert(document.domain)//;".to_vec()
}

/// A ZIP of one file, 10 MB of nothing.
pub fn zip_bomb() -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![0; 10_000_000]).unwrap();
    let packed = packed.finish().unwrap();
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    zip.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
    zip.extend(10_000_000_u32.to_le_bytes());
    zip.extend([4, 0, 0, 0]);
    zip.extend(b"zero");
    zip.extend(packed);
    zip
}

/// A second of silence as a WAV file.
pub fn silence() -> Vec<u8> {
    let samples = vec![0x80_u8; 8_000];
    let length = u32::try_from(samples.len()).unwrap();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend([1, 0, 8, 0]);
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.extend(samples);
    wav
}

/// What begins like an MP4 film and has no picture in it.
pub fn empty_film() -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2".to_vec();
    film.extend(b"\0\0\0\x08free");
    film
}

/// A PDF of nothing much.
pub fn document() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}
