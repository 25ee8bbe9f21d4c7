//! The image of a text line.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8,
};

use crate::normalize::{Normalization, Polarity};

/// Rows of a line's image.
pub const HEIGHT: usize = 32;

/// Fewest columns of a line's image: what a window is narrower by, it is stretched.
pub const MIN_WIDTH: usize = 8;

/// Most columns of a line's image: some 80 digits.
pub const MAX_WIDTH: usize = 2048;

/// A part of a picture in pixels; it may lie between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Its left side.
    pub left: f64,
    /// Its upper side.
    pub top: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

/// Why a line has no image.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LineError {
    /// The number of pixels is not that of the picture.
    #[error("{got} grey pixels: expected {width} x {height}")]
    Pixels {
        /// Columns of the picture.
        width: usize,
        /// Rows of the picture.
        height: usize,
        /// Pixels given.
        got: usize,
    },
    /// The window and the picture have less than a pixel in common.
    #[error("{window:?} of a picture of {width} x {height} pixels: expected at least one pixel")]
    Outside {
        /// Columns of the picture.
        width: usize,
        /// Rows of the picture.
        height: usize,
        /// What was asked for.
        window: Window,
    },
    /// The picture has a side of more than `u32::MAX` pixels, or cannot be resized.
    #[error("a picture of {width} x {height} pixels cannot be resized: {reason}")]
    Resize {
        /// Columns of the picture.
        width: usize,
        /// Rows of the picture.
        height: usize,
        /// What the library says.
        reason: String,
    },
}

/// A text line as a network sees it: [`HEIGHT`] rows, ink bright on dark paper, brought to
/// one contrast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineImage {
    /// Columns, [`MIN_WIDTH`] to [`MAX_WIDTH`].
    pub width: usize,
    /// `[HEIGHT, width]`: [`Normalization::PAPER`] is paper, [`Normalization::INK`] ink.
    pub pixels: Vec<u8>,
}

impl LineImage {
    /// Cuts `window` out of a grey picture `[height, width]`, brings it to [`HEIGHT`] rows and
    /// evens its contrast. What of the window lies outside the picture is left out.
    ///
    /// # Errors
    ///
    /// [`LineError`] if the picture has not the pixels it says or the window less than one.
    pub fn cut(
        grey: &[u8],
        [width, height]: [usize; 2],
        window: Window,
        polarity: Polarity,
        normalization: &Normalization,
    ) -> Result<Self, LineError> {
        let mut line = Self::resized(grey, [width, height], window)?;
        normalization.apply(&mut line.pixels, line.width, polarity);
        Ok(line)
    }

    /// As [`LineImage::cut`], grey as it is.
    ///
    /// # Errors
    ///
    /// As [`LineImage::cut`].
    pub fn resized(
        grey: &[u8],
        [width, height]: [usize; 2],
        window: Window,
    ) -> Result<Self, LineError> {
        if width.checked_mul(height) != Some(grey.len()) {
            let got = grey.len();
            return Err(LineError::Pixels { width, height, got });
        }
        let [left, columns] = clipped(window.left, window.width, width);
        let [top, rows] = clipped(window.top, window.height, height);
        // Not a number fails here, too.
        if !(columns >= 1.0 && rows >= 1.0) {
            return Err(LineError::Outside {
                width,
                height,
                window,
            });
        }
        let wide = (columns / rows * HEIGHT as f64).round();
        let wide = wide.clamp(MIN_WIDTH as f64, MAX_WIDTH as f64) as usize;
        let failed = |reason: String| LineError::Resize {
            width,
            height,
            reason,
        };
        let size = |n: usize| u32::try_from(n).map_err(|error| failed(error.to_string()));
        let source = TypedImageRef::<U8>::from_buffer(size(width)?, size(height)?, grey)
            .map_err(|error| failed(error.to_string()))?;
        let mut pixels = vec![0; wide * HEIGHT];
        let mut result = TypedImage::<U8>::from_buffer(wide as u32, HEIGHT as u32, &mut pixels)
            .map_err(|error| failed(error.to_string()))?;
        // A triangle's support grows with the step: antialiased.
        let options = ResizeOptions::new()
            .crop(left, top, columns, rows)
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        // Of one type: code for each of the library's pixels would be 3 MB.
        Resizer::new()
            .resize_typed(&source, &mut result, &options)
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            width: wide,
            pixels,
        })
    }
}

/// Begin and length of what of a span lies within `0..end`; a length that is not a number
/// stays none.
fn clipped(begin: f64, length: f64, end: usize) -> [f64; 2] {
    let (low, high, end) = (begin.max(0.0), begin + length, end as f64);
    [low, if high > end { end } else { high } - low]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_window_gives_an_image_or_says_why(
            width in 1usize..80, height in 1usize..60,
            left in -20f64..90.0, top in -20f64..70.0,
            columns in -5f64..100.0, rows in -5f64..80.0,
        ) {
            let grey: Vec<u8> = (0..width * height).map(|at| (at * 37 % 251) as u8).collect();
            let window = Window { left, top, width: columns, height: rows };
            let size = [width, height];
            match LineImage::cut(&grey, size, window, Polarity::DarkInk, &Normalization::default()) {
                Ok(line) => {
                    prop_assert_eq!(line.pixels.len(), HEIGHT * line.width);
                    prop_assert!((MIN_WIDTH..=MAX_WIDTH).contains(&line.width));
                }
                Err(error) => {
                    prop_assert!(matches!(error, LineError::Outside { .. }), "{error}");
                    let inside = (left + columns).min(width as f64) - left.max(0.0) >= 1.0
                        && (top + rows).min(height as f64) - top.max(0.0) >= 1.0;
                    prop_assert!(!inside, "{error}");
                }
            }
        }
    }

    #[test]
    fn an_even_picture_stays_even_and_keeps_its_shape() {
        let window = Window {
            left: 3.5,
            top: 2.25,
            width: 40.0,
            height: 16.0,
        };
        let line = LineImage::resized(&[90; 60 * 20], [60, 20], window).unwrap();
        assert_eq!(line.width, 80);
        assert!(line.pixels.iter().all(|&grey| grey == 90));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let window = Window {
            left: 0.0,
            top: 0.0,
            width: f64::NAN,
            height: 4.0,
        };
        let error = LineImage::resized(&[0; 15], [4, 4], window).unwrap_err();
        assert_eq!(error.to_string(), "15 grey pixels: expected 4 x 4");
        let error = LineImage::resized(&[0; 16], [4, 4], window).unwrap_err();
        assert!(matches!(error, LineError::Outside { .. }), "{error}");
    }
}
