//! Random distortions of training images: an affine map and an elastic one,
//! joined into one inverse map and sampled once.
//!
//! For each output pixel `p` the inverse map says where in the source to look:
//!
//! ```text
//! source(p) = centre + A⁻¹ (p − centre − shift) + elastic(p)
//! A         = rotation · shear · zoom
//! ```
//!
//! and the source is sampled there by bilinear interpolation, as 0 outside. One
//! sampling blurs once, where one for each distortion would blur again and again.
//!
//! Shapes that MNIST's writers do not use come before it, made of the digit's own ink: a
//! stroke put once more (`stroke_insertion`) or a bend (`curl`).
//!
//! Elastic distortion after Simard, Steinkraus and Platt, "Best Practices for
//! Convolutional Neural Networks Applied to Visual Document Analysis", 2003; the
//! smooth field comes from normal noise on a coarse grid, interpolated by cubics.

mod affine;
mod augmentation;
mod curl;
mod elastic;
mod ink;
mod nine;
mod sharpness;
mod stroke_insertion;
mod two;
mod uniform;
mod upstroke;
mod warp;

use rand::{Rng, RngExt};

pub use affine::Affine;
pub use augmentation::{Augmentation, AugmentationError, Elastic, MAX_GRID};
use curl::Curl;
use elastic::Field;
use sharpness::sharpen;
use stroke_insertion::StrokeInsertion;
use upstroke::upstroke;
use warp::Source;

/// Distorts images of one size by an [`Augmentation`]. Holds the tables and the
/// scratch memory, so that distorting allocates nothing.
#[derive(Debug, Clone)]
pub struct Augmenter {
    augmentation: Augmentation,
    height: usize,
    width: usize,
    source: Source,
    field: Option<Field>,
    insertion: StrokeInsertion,
    /// A sharpened image, `[h, w]`.
    sharpened: Vec<f32>,
}

impl Augmenter {
    /// An augmenter for images of `height` × `width` pixels.
    ///
    /// # Errors
    ///
    /// [`AugmentationError`] if a field is out of range or an image has no pixel
    /// or a side above 65,535.
    pub fn new(
        augmentation: &Augmentation,
        height: usize,
        width: usize,
    ) -> Result<Self, AugmentationError> {
        augmentation.validate()?;
        for (name, found) in [("height", height), ("width", width)] {
            if !(1..=usize::from(u16::MAX)).contains(&found) {
                let found = found.to_string();
                return Err(AugmentationError {
                    name,
                    expected: "1 to 65535",
                    found,
                });
            }
        }
        let field = augmentation
            .elastic
            .map(|elastic| Field::new(elastic, height, width));
        Ok(Self {
            augmentation: *augmentation,
            height,
            width,
            source: Source::new(height, width),
            field,
            insertion: StrokeInsertion::new(height, width),
            sharpened: vec![0.0; height * width],
        })
    }

    /// Distorts `image` `[h, w]`, which shows this digit or none, by a map drawn from
    /// `random` into `output` `[h, w]`, as pixel / 255. The same generator gives
    /// the same bits.
    ///
    /// # Panics
    ///
    /// If `image` or `output` has not height × width elements.
    pub fn apply(
        &mut self,
        image: &[u8],
        digit: Option<u8>,
        random: &mut impl Rng,
        output: &mut [f32],
    ) {
        let mut map = self.augmentation.draw(random);
        if let Some(field) = &mut self.field {
            field.draw(random);
        }
        // Drawn last, and for some digits alone: without these changes of shape the
        // bits are those of the map and the field.
        let (height, width, random) = (self.height, self.width, random);
        let happens = |probability: f32, random: &mut _| {
            probability > 0.0 && RngExt::random::<f32>(random) < probability
        };
        let Augmentation {
            upstroke_probability,
            looped_two_probability,
            mirrored_nine_probability,
            curled_nine_probability,
            sharpness_fraction,
            ..
        } = self.augmentation;
        let (mut stroke, mut curl) = (None, None);
        match digit {
            Some(1) if happens(upstroke_probability, random) => {
                stroke = upstroke(image, height, width, random);
            }
            Some(2) if happens(looped_two_probability, random) => {
                stroke = two::closing(image, height, width, random);
            }
            Some(9) if happens(mirrored_nine_probability, random) => {
                if let Some(mirror) = nine::mirrored(image, height, width) {
                    map = map.after(&mirror);
                }
            }
            Some(9) if happens(curled_nine_probability, random) => {
                if let Some((drawn, fit)) = Curl::draw(image, height, width, random) {
                    map = map.after(&fit);
                    curl = Some(drawn);
                }
            }
            _ => (),
        }
        match stroke.and_then(|stroke| self.insertion.insert(image, &stroke)) {
            Some(recentre) => {
                map = map.after(&recentre);
                self.source.load_values(self.insertion.image());
            }
            None => self.source.load(image),
        }
        self.source
            .sample(&map, self.field.as_ref(), curl.as_ref(), output);
        if sharpness_fraction > 0.0 {
            let amount = sharpness_fraction * (2.0 * random.random::<f32>() - 1.0);
            sharpen(output, width, amount, &mut self.sharpened);
            output.copy_from_slice(&self.sharpened);
        }
    }
}

/// Moves `image` `[h, w]` by the affine map into `output` `[h, w]`, as pixel /
/// 255: the content at `p` goes to `map(p)`, see [`Affine`].
///
/// # Panics
///
/// If `image` or `output` has not `height` × `width` elements, or either size is
/// 0.
pub fn warp(image: &[u8], height: usize, width: usize, map: &Affine, output: &mut [f32]) {
    let mut source = Source::new(height, width);
    source.load(image);
    source.sample(map, None, None, output);
}

#[cfg(test)]
mod tests;
