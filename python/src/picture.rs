//! The picture that a notebook shows.

use std::{fs, io::Cursor};

use image::{GrayImage, ImageFormat, imageops};
use pyo3::{prelude::*, types::PyBytes};
use shuzi::{Error, Limits, Source};
use shuzi_reader::{DecodeError, Pages, Picture};

use crate::{
    error::{ReadError, describe},
    images::Image,
};

/// A page of an image (from 1) as PNG, upright and grey, at most `side` pixels wide and high;
/// with the width and height of the image itself.
#[pyfunction]
pub(crate) fn picture_png<'py>(
    py: Python<'py>,
    image: Image<'_>,
    page: usize,
    side: u32,
) -> PyResult<(Bound<'py, PyBytes>, usize, usize)> {
    let (_, source) = image.source()?;
    let made = py.detach(|| {
        let picture = decode(source, page)?;
        let size = (picture.original_width, picture.original_height);
        Ok::<_, String>((png(picture, side)?, size))
    });
    let (bytes, (width, height)) = made.map_err(ReadError::new_err)?;
    Ok((PyBytes::new(py, &bytes), width, height))
}

fn decode(source: Source<'_>, page: usize) -> Result<Picture, String> {
    // It was read already, by whatever limits.
    let limits = Limits {
        pixels: u64::MAX,
        pages: usize::MAX,
        cut_off: shuzi::CutOff::Read,
        ..Limits::default()
    };
    let of_file = |bytes: &[u8]| -> Result<Picture, DecodeError> {
        Pages::of(bytes, limits)?.decode(page.saturating_sub(1), limits)
    };
    let decoded = match source {
        Source::File(path) => {
            let read = fs::read(&path).map_err(|source| Error::File {
                path: path.into_owned(),
                source,
            });
            of_file(&read.map_err(|error| error.to_string())?)
        }
        Source::Bytes(bytes) => of_file(&bytes),
        Source::Pixels(pixels) => pixels.decode(limits),
        _ => Err(DecodeError::Format),
    };
    decoded.map_err(|error| describe(&error))
}

fn png(picture: Picture, side: u32) -> Result<Vec<u8>, String> {
    let too_large = || "picture too large to show".to_owned();
    let width = u32::try_from(picture.width).map_err(|_| too_large())?;
    let height = u32::try_from(picture.height).map_err(|_| too_large())?;
    let mut grey = GrayImage::from_raw(width, height, picture.pixels).ok_or_else(too_large)?;
    let longest = width.max(height);
    if longest > side.max(1) {
        let scaled = |n: u32| (u64::from(n) * u64::from(side) / u64::from(longest)).max(1) as u32;
        grey = imageops::thumbnail(&grey, scaled(width), scaled(height));
    }
    let mut bytes = Cursor::new(Vec::new());
    let written = grey.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}
