//! A 9 like a P out of MNIST's: mirrored, and leaning as it did.
//!
//! MNIST's writers draw the loop of their 9 to the left of its stem. Some writers draw
//! it to the right, starting at the foot, as one writes a P or a ρ: the mirror image.

use super::affine::{Affine, centre};
use super::ink::Ink;

/// The map that mirrors the digit in `image` `[h, w]` from left to right, its slant
/// and its centre of ink staying; `None` without ink.
pub(super) fn mirrored(image: &[u8], height: usize, width: usize) -> Option<Affine> {
    let values = image.iter().map(|pixel| f32::from(*pixel) / 255.0);
    let ink = Ink::of(values, width)?;
    let [x, y] = ink.middle;
    let mirror = Affine {
        matrix: [[-1.0, 2.0 * ink.slant], [0.0, 1.0]],
        ..Affine::identity()
    };
    Some(mirror.about([x - centre(width), y - centre(height)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::tests::on_the_fixture;
    use crate::augment::{Augmentation, Augmenter};
    use crate::rng::{RngStream, generator};

    const SIDE: usize = 28;

    fn ink(values: &[f32]) -> Ink {
        Ink::of(values.iter().copied(), SIDE).unwrap()
    }

    #[test]
    fn a_nine_is_mirrored_and_leans_as_before() {
        let augmentation = Augmentation {
            mirrored_nine_probability: 1.0,
            ..Augmentation::none()
        };
        let mut augmenter = Augmenter::new(&augmentation, SIDE, SIDE).unwrap();
        let (mut nines, mut turned, mut returned) = (0, 0.0, 0.0);
        on_the_fixture(&augmentation, |i, label, plain, output| {
            if label != 9 {
                assert_eq!(output, plain, "image {i}, a {label}, has changed");
                return;
            }
            nines += 1;
            let (before, after) = (ink(plain), ink(output));
            assert!((before.slant - after.slant).abs() < 0.05);
            for (before, after) in before.middle.iter().zip(after.middle) {
                assert!((before - after).abs() < 0.1, "{before} to {after}");
            }
            // Mirrored once more, it is what it was but for the blur.
            let pixels: Vec<u8> = output.iter().map(|v| (v * 255.0).round() as u8).collect();
            let mut back = vec![0.0; SIDE * SIDE];
            let mut random = generator(1, RngStream::Augment, 0, i as u64);
            augmenter.apply(&pixels, Some(label), &mut random, &mut back);
            let difference = |other: &[f32]| -> f32 {
                let pairs = plain.iter().zip(other);
                pairs.map(|(a, b)| (a - b).abs()).sum()
            };
            returned += difference(&back);
            turned += difference(output);
        });
        assert_eq!(nines, 100);
        assert!(3.0 * returned < turned, "{returned} of {turned}");
    }

    #[test]
    fn nothing_has_no_mirror_image() {
        assert!(mirrored(&[0; SIDE * SIDE], SIDE, SIDE).is_none());
    }
}
