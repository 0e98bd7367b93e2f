//! The two files that lie around in the demo: a picture of the night sky, drawn here, and a table.

use std::io::{self, Cursor};

use image::{ImageFormat, Rgb, RgbImage};
use sha2::{Digest, Sha256};

use crate::files::Files;
use crate::model::attachment::StoredFile;
use crate::pictures::measure;

const WIDTH: u32 = 960;
const HEIGHT: u32 = 600;

/// What was observed last night, as a table.
pub const LOG: &str = "time,target,seeing,notes\n00:40,Veil nebula,1.9,clear after midnight\n\
    01:25,Double cluster,1.8,steady\n02:10,M57,1.7,the ring is closed\n02:55,Church,1.6,for focus\n";

/// A field of stars with a ring in it, as a PNG.
pub fn night_sky() -> io::Result<Vec<u8>> {
    let mut sky = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (f64::from(x), f64::from(y));
        let haze = (-((y - 0.62 * x - 40.0) / 190.0).powi(2)).exp();
        let (dx, dy) = ((x - 610.0) / 1.25, y - 270.0);
        let radius = dx.hypot(dy);
        let ring = (-((radius - 74.0) / 17.0).powi(2)).exp();
        let inside = (-(radius / 55.0).powi(2)).exp();
        Rgb([
            shade(8.0 + 26.0 * haze + 190.0 * ring + 16.0 * inside),
            shade(10.0 + 22.0 * haze + 96.0 * ring + 84.0 * inside),
            shade(24.0 + 38.0 * haze + 72.0 * ring + 104.0 * inside),
        ])
    });
    let mut chance: u32 = 0x9e37_79b9;
    for n in 0..700 {
        let mut roll = |sides: u32| {
            chance ^= chance << 13;
            chance ^= chance >> 17;
            chance ^= chance << 5;
            chance % sides
        };
        let (x, y, light) = (roll(WIDTH), roll(HEIGHT), 60 + roll(150));
        let size = if n % 40 == 0 { 3 } else { i64::from(n % 7 == 0) };
        star(&mut sky, (x, y), f64::from(light), size);
    }
    let mut png = Cursor::new(Vec::new());
    sky.write_to(&mut png, ImageFormat::Png).map_err(io::Error::other)?;
    Ok(png.into_inner())
}

fn star(sky: &mut RgbImage, at: (u32, u32), light: f64, size: i64) {
    for dy in -size..=size {
        for dx in -size..=size {
            let (x, y) = (i64::from(at.0) + dx, i64::from(at.1) + dy);
            let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { continue };
            let Some(pixel) = sky.get_pixel_mut_checked(x, y) else { continue };
            let far = (dx * dx + dy * dy) as f64;
            let glow = light * (-far / (1.0 + size as f64)).exp();
            for channel in &mut pixel.0 {
                *channel = shade(f64::from(*channel) + glow);
            }
        }
    }
}

fn shade(light: f64) -> u8 {
    light.clamp(0.0, 255.0) as u8
}

/// Puts bytes among the stored files, as if somebody had sent them.
///
/// # Errors
/// What the disk says.
pub fn store(files: &Files, filename: &str, bytes: &[u8]) -> io::Result<StoredFile> {
    let look = measure::look(&mut Cursor::new(bytes))?;
    Ok(StoredFile {
        key: files.store(bytes)?,
        filename: filename.to_owned(),
        content_type: look.content_type.to_owned(),
        byte_size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: Sha256::digest(bytes).into(),
        width: look.size.map(|(width, _)| width.into()),
        height: look.size.map(|(_, height)| height.into()),
        preview: look.preview,
    })
}
