//! Pictures that people send: read with limits, turned upright, squared, written anew.
//!
//! What is served is never what was sent: only pixels come through, so nothing can hide in a
//! picture, and where it was taken is forgotten. One picture at a time is worked on, on a thread
//! that may block; a picture of 30 megapixels takes up to some 250 MB while it is.

pub mod measure;
pub mod thumbnail;
pub mod workshop;

use std::io::{BufRead, Seek};
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::imageops;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Rgba,
    RgbaImage,
};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::model::text::Refused;
use crate::words::{self, sentence};

/// Largest file of a picture, in bytes.
pub const MAX_PICTURE_BYTES: u64 = 10 * 1024 * 1024;
/// Side of a squared picture, in pixels. Smaller ones stay as they are.
pub const AVATAR_SIDE: u32 = 512;
/// Longest side of a logo and of its small copy, in pixels.
pub const LOGO_SIDE: u32 = 512;
pub const SMALL_LOGO_SIDE: u32 = 192;
/// How much of a photograph is kept, of 100.
const PHOTOGRAPH_QUALITY: u8 = 82;
/// Most pixels a picture may have. Checked before any of them is decoded.
const MAX_PIXELS: u64 = 30_000_000;
/// Longest side, in pixels.
const MAX_SIDE: u32 = 12_000;
/// Most pixels a picture may have that a message shows, and its longest side.
const MAX_SHOWN_PIXELS: u64 = 50_000_000;
const MAX_SHOWN_SIDE: u32 = 30_000;
/// What a decoder may allocate, in bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// Pictures that may wait for their turn; one more is refused with `Busy`.
const QUEUE: usize = 16;

/// Whether a picture of this width and height is decoded for being shown in a message.
pub fn is_decodable((width, height): (u32, u32)) -> bool {
    width > 0
        && height > 0
        && width.max(height) <= MAX_SHOWN_SIDE
        && u64::from(width) * u64::from(height) <= MAX_SHOWN_PIXELS
}

/// The place where pictures are worked on. Clones are cheap.
#[derive(Clone)]
pub struct Pictures {
    waiting: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self { waiting: Arc::new(Semaphore::new(QUEUE)), working: Arc::new(Semaphore::new(1)) }
    }
}

impl Pictures {
    /// Does something with a picture when its turn has come.
    ///
    /// # Errors
    /// What the work refuses, as a sentence about the form's field `field`; `Busy` when too many
    /// wait already.
    pub async fn work<T: Send + 'static>(
        &self,
        field: &'static str,
        work: impl FnOnce() -> std::result::Result<T, Refused> + Send + 'static,
    ) -> Result<T> {
        let place = self.waiting.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let turn = self.working.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        let worked = tokio::task::spawn_blocking(move || {
            // Held here, so that a request that is given up does not let another one begin.
            let _held = (place, turn);
            work()
        });
        // A decoder that panics has met a broken file.
        let done =
            worked.await.unwrap_or_else(|_| Err(Refused(sentence(words::picture_is_broken))));
        done.map_err(|refused| Error::refused(field, refused))
    }
}

/// Reads a picture, turns it upright and cuts the largest square from its middle, at most `side`
/// pixels wide.
///
/// # Errors
/// A sentence for the person when it is no picture, a broken one or too large.
pub fn squared(
    source: impl BufRead + Seek,
    side: u32,
) -> std::result::Result<DynamicImage, Refused> {
    let (picture, orientation) = decoded(source)?;
    let length = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - length) / 2, (picture.height() - length) / 2);
    let mut square = picture.crop_imm(left, top, length, length);
    drop(picture);
    if length > side * 2 {
        // Averaging first: quicker, and nothing fine is lost.
        square = square.thumbnail_exact(side * 2, side * 2);
    }
    if square.width() > side {
        square = square.resize_exact(side, side, imageops::FilterType::Lanczos3);
    }
    square.apply_orientation(orientation);
    Ok(if square.color().has_alpha() {
        DynamicImage::ImageRgba8(square.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(square.into_rgb8())
    })
}

/// Reads a picture and turns it upright, at most `side` pixels wide and high, whole.
///
/// # Errors
/// A sentence for the person when it is no picture, a broken one or too large.
pub fn fitted(
    source: impl BufRead + Seek,
    side: u32,
) -> std::result::Result<DynamicImage, Refused> {
    let (mut picture, orientation) = decoded(source)?;
    if picture.width().max(picture.height()) > side * 2 {
        // Averaging first: quicker, and nothing fine is lost.
        picture = picture.thumbnail(side * 2, side * 2);
    }
    picture.apply_orientation(orientation);
    Ok(DynamicImage::ImageRgba8(shrunk(&picture, side).into_rgba8()))
}

/// The same, at most `side` pixels wide and high.
pub fn shrunk(picture: &DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        return picture.clone();
    }
    picture.resize(side, side, imageops::FilterType::Lanczos3)
}

/// A square of this side with the picture in its middle, grown or shrunk to `within` pixels at
/// most. On `ground` (red, green, blue), or on nothing.
///
/// # Errors
/// A sentence for the person when it is no picture, a broken one or too large.
pub fn framed(
    source: impl BufRead + Seek,
    side: u32,
    within: u32,
    ground: Option<[u8; 3]>,
) -> std::result::Result<DynamicImage, Refused> {
    let (picture, _) = decoded(source)?;
    let picture = picture.resize(within, within, imageops::FilterType::Lanczos3).into_rgba8();
    let ground = ground.map_or([0; 4], |[red, green, blue]| [red, green, blue, u8::MAX]);
    let mut square = RgbaImage::from_pixel(side, side, Rgba(ground));
    let (left, top) = ((side - picture.width()) / 2, (side - picture.height()) / 2);
    imageops::overlay(&mut square, &picture, left.into(), top.into());
    Ok(DynamicImage::ImageRgba8(square))
}

/// The smaller one of PNG and lossless WebP.
///
/// # Errors
/// When it cannot be written, which is ours to answer for.
pub fn smallest(picture: &DynamicImage) -> std::result::Result<Vec<u8>, Refused> {
    let (png, webp) = (png(picture)?, webp(picture)?);
    Ok(if png.len() <= webp.len() { png } else { webp })
}

/// As PNG.
///
/// # Errors
/// When it cannot be written, which is ours to answer for.
pub fn png(picture: &DynamicImage) -> std::result::Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    written(encoder.write_image(
        picture.as_bytes(),
        picture.width(),
        picture.height(),
        color(picture),
    ))?;
    Ok(bytes)
}

fn webp(picture: &DynamicImage) -> std::result::Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut bytes);
    written(encoder.write_image(
        picture.as_bytes(),
        picture.width(),
        picture.height(),
        color(picture),
    ))?;
    Ok(bytes)
}

fn color(picture: &DynamicImage) -> ExtendedColorType {
    picture.color().into()
}

fn written(outcome: image::ImageResult<()>) -> std::result::Result<(), Refused> {
    outcome.map_err(|error| {
        tracing::error!(%error, "a picture could not be written");
        Refused(sentence(words::picture_is_broken))
    })
}

/// A photograph as JPEG, what can be seen through as the smaller one of PNG and WebP.
///
/// # Errors
/// When it cannot be written, which is ours to answer for.
pub fn compact(picture: &DynamicImage) -> std::result::Result<Vec<u8>, Refused> {
    let is_opaque = picture.to_rgba8().pixels().all(|pixel| pixel.0[3] == u8::MAX);
    if !is_opaque {
        return smallest(picture);
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, PHOTOGRAPH_QUALITY);
    let picture = picture.to_rgb8();
    let (width, height) = picture.dimensions();
    written(encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8))?;
    Ok(bytes)
}

/// The media type of something this module has written, by its first bytes.
pub fn media_type(bytes: &[u8]) -> &'static str {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => "image/png",
        Ok(ImageFormat::Jpeg) => "image/jpeg",
        Ok(ImageFormat::WebP) => "image/webp",
        _ => "application/octet-stream",
    }
}

fn decoded(
    source: impl BufRead + Seek,
) -> std::result::Result<(DynamicImage, Orientation), Refused> {
    let broken = |_| Refused(sentence(words::picture_is_broken));
    let mut reader = ImageReader::new(source)
        .with_guessed_format()
        .map_err(|_| Refused(sentence(words::not_a_picture)))?;
    let known = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    if !reader.format().is_some_and(|format| known.contains(&format)) {
        return Err(Refused(sentence(words::not_a_picture)));
    }
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refused(sentence(words::picture_is_broken)));
    }
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Refused(sentence(words::too_many_pixels)));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok((picture, orientation))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8]) -> std::result::Result<DynamicImage, Refused> {
        squared(Cursor::new(bytes), AVATAR_SIDE)
    }

    /// Red on the left, blue on the right.
    fn halves(width: u32, height: u32) -> DynamicImage {
        let pixel = |x, _| image::Rgb(if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] });
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, pixel))
    }

    /// A JPEG that says it was taken with the camera turned, and where.
    fn turned_jpeg() -> Vec<u8> {
        let mut jpeg = Cursor::new(Vec::new());
        halves(64, 64).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
        let jpeg = jpeg.into_inner();
        let mut exif =
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend(b"GPS 51.5007 N 0.1246 W");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn a_turned_picture_stands_upright_and_forgets_where_it_was() {
        let square = read(&turned_jpeg()).unwrap().into_rgb8();
        let (top, bottom) = (square.get_pixel(32, 4), square.get_pixel(32, 60));
        assert!(top[0] > 200 && bottom[2] > 200, "{top:?} over {bottom:?}");
        let written = smallest(&DynamicImage::ImageRgb8(square)).unwrap();
        assert!(!written.windows(3).any(|three| three == b"GPS"));
        assert!(["image/png", "image/webp"].contains(&media_type(&written)));
    }

    #[test]
    fn the_middle_is_cut_out_and_small_pictures_do_not_grow() {
        let mut png = Cursor::new(Vec::new());
        halves(1400, 700).write_to(&mut png, ImageFormat::Png).unwrap();
        let square = read(png.get_ref()).unwrap();
        assert_eq!((square.width(), square.height()), (512, 512));
        let mut png = Cursor::new(Vec::new());
        halves(40, 30).write_to(&mut png, ImageFormat::Gif).unwrap();
        assert_eq!(read(png.get_ref()).unwrap().width(), 30);
    }

    #[test]
    fn what_is_no_picture_is_refused_in_words() {
        let refusal = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(refusal(b""), words::not_a_picture());
        assert_eq!(refusal(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), words::not_a_picture());
        assert_eq!(refusal(b"BM lies"), words::not_a_picture());
        assert_eq!(refusal(&turned_jpeg()[..200]), words::picture_is_broken());
        let mut bomb = Cursor::new(Vec::new());
        halves(8, 8).write_to(&mut bomb, ImageFormat::Gif).unwrap();
        let mut bomb = bomb.into_inner();
        bomb[6..10].copy_from_slice(&[0x20, 0x4E, 0x20, 0x4E]);
        assert_eq!(refusal(&bomb), words::too_many_pixels());
    }
}
