//! Making the small copy of a picture, in a process of its own that lives for one picture: what a
//! hostile file does to a decoder ends there. The process limits its own memory and time before
//! it reads a byte.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use fast_image_resize::images::Image;
use fast_image_resize::{IntoImageView, Resizer};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::is_decodable;
use crate::model::attachment::scaled;
use crate::model::text::Refused;

/// Seconds of computing for one picture.
const SECONDS: u64 = 5;
/// Seconds of computing for one frame of a film.
const FILM_SECONDS: u64 = 20;
/// Memory for one frame of a film, in bytes; most of it is only set aside.
const FILM_MEMORY: u64 = 2 << 30;
/// What a decoder may allocate, in bytes.
const DECODER: u64 = 256 << 20;
/// Largest picture that comes through a pipe, in bytes.
const PIPED: u64 = 32 << 20;
/// A picture that moves longer than this stands still in its message.
const MOST_FRAMES: usize = 200;
/// Pixels of all frames together.
const MOST_FRAME_PIXELS: u64 = 400_000_000;
const JPEG_QUALITY: u8 = 85;

/// What is handed back begins with the length of the copy, in so many bytes, and ends with whether
/// the picture moves.
pub const LENGTH: usize = 8;
pub const STILL: u8 = b's';
pub const MOVING: u8 = b'm';

/// Reads a picture from the input and writes its small copy to the output, within so many bytes
/// of memory.
///
/// # Errors
/// When it is no picture, a broken one or too large.
pub fn work(memory: u64) -> anyhow::Result<()> {
    limit(memory, SECONDS)?;
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let out = io::stdout().lock();
    if input.metadata()?.is_file() {
        return hand_back(BufReader::new(input), out);
    }
    let mut piped = Vec::new();
    input.take(PIPED).read_to_end(&mut piped)?;
    hand_back(Cursor::new(piped), out)
}

/// The copy goes out before anybody looks for further frames: that may be more than there is time
/// for.
fn hand_back(mut source: impl BufRead + Seek, mut out: impl Write) -> anyhow::Result<()> {
    let (format, copy) = made(&mut source)?;
    out.write_all(&(copy.len() as u64).to_be_bytes())?;
    out.write_all(&copy)?;
    out.flush()?;
    source.seek(SeekFrom::Start(0))?;
    let moves = format == ImageFormat::Gif && moves(&mut source);
    out.write_all(&[if moves { MOVING } else { STILL }])?;
    out.flush()?;
    Ok(())
}

/// Becomes the program that takes the first frame out of a film, which goes to the output. It
/// reads this one file in this one format, nothing else.
///
/// # Errors
/// When the program cannot be started.
pub fn become_film_reader(program: &Path, format: &str, film: &Path) -> anyhow::Result<()> {
    limit(FILM_MEMORY, FILM_SECONDS)?;
    let mut name = std::ffi::OsString::from("file:");
    name.push(film);
    let error = Command::new(program)
        .args(["-nostdin", "-hide_banner", "-loglevel", "quiet", "-threads", "1"])
        .args(["-protocol_whitelist", "file", "-f", format, "-i"])
        .arg(name)
        .args(["-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn", "-map_metadata", "-1"])
        .args([
            "-vf",
            "scale=w='min(1200,iw)':h='min(800,ih)':force_original_aspect_ratio=decrease",
        ])
        .args(["-threads", "1", "-f", "image2pipe", "-c:v", "png", "pipe:1"])
        .exec();
    Err(error.into())
}

fn limit(memory: u64, seconds: u64) -> anyhow::Result<()> {
    let most = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::As, most(memory))?;
    setrlimit(Resource::Cpu, most(seconds))?;
    setrlimit(Resource::Core, most(0))?;
    // People's requests come first. Where that is not allowed it is only slower for them.
    let _ = rustix::process::nice(5);
    Ok(())
}

/// What it is, and its small copy.
fn made(source: &mut (impl BufRead + Seek)) -> anyhow::Result<(ImageFormat, Vec<u8>)> {
    let (format, picture) = decoded(source)?;
    let copy = encoded(&small(picture)?, format)?;
    Ok((format, copy))
}

fn decoded(source: &mut (impl BufRead + Seek)) -> anyhow::Result<(ImageFormat, DynamicImage)> {
    let mut reader = ImageReader::new(source).with_guessed_format()?;
    let known = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    let format = reader.format().filter(|format| known.contains(format));
    let format = format.ok_or_else(|| anyhow::anyhow!("not a picture"))?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(DECODER);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    anyhow::ensure!(is_decodable(decoder.dimensions()), "too many pixels");
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder)?;
    let mut picture = roughly(picture);
    picture.apply_orientation(orientation);
    Ok((format, picture))
}

/// Averages a large picture down to about twice the size it will have: quick, and the large one
/// is let go of before anything else is done.
fn roughly(picture: DynamicImage) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let most = 2 * 1_200;
    if width.max(height) <= most * 2 {
        return picture;
    }
    let shrunk = |side: u32| {
        let share = u64::from(side) * u64::from(most) / u64::from(width.max(height));
        u32::try_from(share).unwrap_or(most).max(1)
    };
    picture.thumbnail_exact(shrunk(width), shrunk(height))
}

/// Scaled to fit, in one of two plain forms.
fn small(picture: DynamicImage) -> anyhow::Result<DynamicImage> {
    let picture = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    };
    let (width, height) = scaled(picture.width().into(), picture.height().into());
    let (width, height) = (u32::try_from(width)?, u32::try_from(height)?);
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(picture);
    }
    let kind = picture.pixel_type().ok_or_else(|| anyhow::anyhow!("no plain pixels"))?;
    let mut target = Image::new(width, height, kind);
    Resizer::new().resize(&picture, &mut target, None)?;
    let pixels = target.into_vec();
    let scaled = if picture.color().has_alpha() {
        image::RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
    } else {
        image::RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    scaled.ok_or_else(|| anyhow::anyhow!("pixels are missing"))
}

/// Photographs as JPEG, drawings without loss unless that costs much more.
fn encoded(picture: &DynamicImage, format: ImageFormat) -> anyhow::Result<Vec<u8>> {
    let plain = |refused: Refused| anyhow::anyhow!("{refused}");
    if picture.color().has_alpha() {
        return super::smallest(picture).map_err(plain);
    }
    let mut jpeg = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))?;
    if format == ImageFormat::Jpeg {
        return Ok(jpeg);
    }
    let exact = super::webp(picture).map_err(plain)?;
    Ok(if exact.len() <= jpeg.len() + jpeg.len() / 2 { exact } else { jpeg })
}

/// Whether this has more than one frame, all of them sound and not too many.
fn moves(source: &mut (impl BufRead + Seek)) -> bool {
    let Ok(decoder) = GifDecoder::new(source) else { return false };
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let mut count = 0;
    for frame in decoder.into_frames() {
        count += 1;
        if frame.is_err() || count > MOST_FRAMES || count as u64 * pixels > MOST_FRAME_PIXELS {
            return false;
        }
    }
    count > 1
}

#[cfg(test)]
mod tests {
    use image::codecs::gif::GifEncoder;
    use image::{Delay, Frame, RgbImage, RgbaImage};

    use super::*;

    fn file(picture: &DynamicImage, format: ImageFormat) -> Cursor<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.set_position(0);
        bytes
    }

    fn stripes(width: u32, height: u32) -> DynamicImage {
        let pixel = |x: u32, y: u32| image::Rgb([(x % 251) as u8, (y % 241) as u8, 90]);
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
    }

    fn size_of(copy: &[u8]) -> (u32, u32) {
        let copy = image::load_from_memory(copy).unwrap();
        (copy.width(), copy.height())
    }

    #[test]
    fn copies_fit_and_small_pictures_do_not_grow() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let (found, copy) = made(&mut file(&stripes(1_500, 700), format)).unwrap();
            assert_eq!((found, size_of(&copy)), (format, (1_200, 560)));
            let (_, copy) = made(&mut file(&stripes(30, 20), format)).unwrap();
            assert_eq!(size_of(&copy), (30, 20), "{format:?}");
        }
    }

    #[test]
    fn what_shines_through_still_does() {
        let clear = RgbaImage::from_pixel(1_300, 10, image::Rgba([200, 0, 0, 0]));
        let (_, copy) =
            made(&mut file(&DynamicImage::ImageRgba8(clear), ImageFormat::Png)).unwrap();
        assert_eq!(image::load_from_memory(&copy).unwrap().into_rgba8().get_pixel(5, 5)[3], 0);
    }

    #[test]
    fn moving_pictures_are_told_from_still_ones() {
        let gif = |frames: u32| {
            let mut bytes = Vec::new();
            let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
            for n in 0..frames {
                let shade = image::Rgba([(n % 256) as u8, 0, 0, 255]);
                let picture = RgbaImage::from_pixel(8, 8, shade);
                let delay = Delay::from_numer_denom_ms(100, 1);
                encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
            }
            drop(encoder);
            let mut out = Vec::new();
            hand_back(Cursor::new(bytes), &mut out).unwrap();
            out.ends_with(&[MOVING])
        };
        assert_eq!((gif(1), gif(2), gif(200), gif(201)), (false, true, true, false));
    }

    #[test]
    fn what_is_broken_or_too_large_is_refused() {
        let jpeg = file(&stripes(64, 64), ImageFormat::Jpeg).into_inner();
        assert!(made(&mut Cursor::new(&jpeg[..200])).is_err());
        let mut bomb = file(&stripes(8, 8), ImageFormat::Gif).into_inner();
        bomb[6..10].copy_from_slice(&[0x20, 0x4E, 0x20, 0x4E]);
        assert!(made(&mut Cursor::new(bomb)).is_err());
        assert!(made(&mut Cursor::new(b"BM lies")).is_err());
    }
}
