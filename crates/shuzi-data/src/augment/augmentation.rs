//! How far images are distorted, as data.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::affine::Affine;

/// The most points along each side of the grid of an elastic distortion.
pub const MAX_GRID: usize = 16;

/// How far training images are distorted at random.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Rotation by up to this angle either way, uniform, in degrees.
    pub rotation_degrees: f32,
    /// Zoom of each axis by up to this fraction either way, uniform: 0.1 is a
    /// factor of 0.9 to 1.1. Below 1.
    pub zoom_fraction: f32,
    /// Horizontal shear by up to this angle either way, uniform, in degrees.
    /// Below 90.
    pub shear_degrees: f32,
    /// Shift along each axis by up to this distance either way, uniform, in
    /// pixels.
    pub shift_pixels: f32,
    /// Elastic distortion, if any.
    pub elastic: Option<Elastic>,
    /// Probability that a plain 1 grows an up-stroke, as the European 1 has: its
    /// own stroke once more, shorter, turned about its top to the left. 0 to 1.
    #[serde(default)]
    pub upstroke_probability: f32,
    /// Probability that the arch of a 2 is closed to a loop, as some writers start it.
    /// 0 to 1.
    #[serde(default)]
    pub looped_two_probability: f32,
    /// Probability that a 9 is mirrored, its slant kept, as some writers write it: like
    /// a P. 0 to 1.
    #[serde(default)]
    pub mirrored_nine_probability: f32,
    /// Probability that a 9's stem is bent to the left at its foot, as much of Europe
    /// writes it. 0 to 1.
    #[serde(default)]
    pub curled_nine_probability: f32,
    /// Sharpening or blurring by up to this fraction either way, uniform: 1 doubles
    /// what a blur by a pixel takes away, or takes it away. At most 1.
    #[serde(default)]
    pub sharpness_fraction: f32,
}

/// An elastic distortion: a smooth random displacement of each pixel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elastic {
    /// Standard deviation of each grid point's displacement along each axis, in
    /// pixels.
    pub deviation_pixels: f32,
    /// Points along each side of the grid, the outer ones on the image's outer
    /// pixels: 2 to [`MAX_GRID`].
    pub grid: usize,
}

/// A field of [`Augmentation`] or an image size that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} is {found}: expected {expected}")]
pub struct AugmentationError {
    /// The field.
    pub name: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub found: String,
}

impl Augmentation {
    /// No distortion at all.
    pub const fn none() -> Self {
        Self {
            rotation_degrees: 0.0,
            zoom_fraction: 0.0,
            shear_degrees: 0.0,
            shift_pixels: 0.0,
            elastic: None,
            upstroke_probability: 0.0,
            looped_two_probability: 0.0,
            mirrored_nine_probability: 0.0,
            curled_nine_probability: 0.0,
            sharpness_fraction: 0.0,
        }
    }

    /// A moderate distortion of 28×28 digits that leaves them readable.
    pub const fn moderate() -> Self {
        Self {
            rotation_degrees: 10.0,
            zoom_fraction: 0.1,
            shear_degrees: 8.0,
            shift_pixels: 2.0,
            elastic: Some(Elastic {
                deviation_pixels: 0.5,
                grid: 5,
            }),
            ..Self::none()
        }
    }

    /// A strong distortion of 28×28 digits, with up-strokes on the 1.
    pub const fn strong() -> Self {
        Self {
            rotation_degrees: 12.0,
            zoom_fraction: 0.13,
            shear_degrees: 10.0,
            shift_pixels: 2.5,
            elastic: Some(Elastic {
                deviation_pixels: 0.63,
                grid: 5,
            }),
            upstroke_probability: 0.4,
            ..Self::none()
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    ///
    /// [`AugmentationError`] names the first field that is out of range.
    pub fn validate(&self) -> Result<(), AugmentationError> {
        let below = |name, found: f32, limit: f32, expected| {
            // Written so that NaN fails.
            if (0.0..limit).contains(&found) {
                return Ok(());
            }
            let found = found.to_string();
            Err(AugmentationError {
                name,
                expected,
                found,
            })
        };
        below(
            "rotation_degrees",
            self.rotation_degrees,
            360.0,
            "at least 0, below 360",
        )?;
        below(
            "zoom_fraction",
            self.zoom_fraction,
            1.0,
            "at least 0, below 1",
        )?;
        below(
            "shear_degrees",
            self.shear_degrees,
            90.0,
            "at least 0, below 90",
        )?;
        below(
            "shift_pixels",
            self.shift_pixels,
            1e6,
            "at least 0, below a million",
        )?;
        let shares = [
            ("upstroke_probability", self.upstroke_probability),
            ("looped_two_probability", self.looped_two_probability),
            ("mirrored_nine_probability", self.mirrored_nine_probability),
            ("curled_nine_probability", self.curled_nine_probability),
            ("sharpness_fraction", self.sharpness_fraction),
        ];
        for (name, found) in shares {
            if !(0.0..=1.0).contains(&found) {
                return Err(AugmentationError {
                    name,
                    expected: "0 to 1",
                    found: found.to_string(),
                });
            }
        }
        let Some(elastic) = self.elastic else {
            return Ok(());
        };
        below(
            "elastic.deviation_pixels",
            elastic.deviation_pixels,
            1e6,
            "at least 0, below a million",
        )?;
        if (2..=MAX_GRID).contains(&elastic.grid) {
            return Ok(());
        }
        Err(AugmentationError {
            name: "elastic.grid",
            expected: "2 to 16",
            found: elastic.grid.to_string(),
        })
    }

    /// The same with so much of each distance, 0 to 1; shapes are as likely as before.
    #[must_use]
    pub fn scaled(&self, share: f32) -> Self {
        Self {
            rotation_degrees: share * self.rotation_degrees,
            zoom_fraction: share * self.zoom_fraction,
            shear_degrees: share * self.shear_degrees,
            shift_pixels: share * self.shift_pixels,
            elastic: self.elastic.map(|elastic| Elastic {
                deviation_pixels: share * elastic.deviation_pixels,
                ..elastic
            }),
            sharpness_fraction: share * self.sharpness_fraction,
            ..*self
        }
    }

    /// Draws an affine map.
    pub(super) fn draw(&self, random: &mut impl Rng) -> Affine {
        // The same number of draws whatever the fields are.
        let mut draw = |limit: f32| limit * (2.0 * random.random::<f32>() - 1.0);
        let rotation = draw(self.rotation_degrees);
        let shear = draw(self.shear_degrees);
        let zoom = [
            1.0 + draw(self.zoom_fraction),
            1.0 + draw(self.zoom_fraction),
        ];
        let shift = [draw(self.shift_pixels), draw(self.shift_pixels)];
        Affine::rotation(rotation)
            .after(&Affine::shear(shear))
            .after(&Affine::zoom(zoom))
            .shifted(shift)
    }
}
