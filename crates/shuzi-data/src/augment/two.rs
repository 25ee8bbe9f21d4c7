//! A 2 with a closed loop out of MNIST's: the arch at its top turned round beneath it.
//!
//! Some writers start their 2 with a loop, like a 9 that has a foot. Here the loop's
//! lower half is the digit's own arch once more, turned by half a turn.

use rand::Rng;

use super::affine::{Affine, centre};
use super::ink::strong;
use super::stroke_insertion::InsertedStroke;
use super::uniform::between;

/// Where the arch ends, from the top, as a share of the digit's height.
const ARCH: [f32; 2] = [0.36, 0.5];

/// Size of the loop's lower half as a share of the arch's.
const ZOOM: [f32; 2] = [0.8, 1.0];

/// The arch of the 2 in `image` `[h, w]`, and the map that closes it; `None` without
/// ink.
pub(super) fn closing(
    image: &[u8],
    height: usize,
    width: usize,
    random: &mut impl Rng,
) -> Option<InsertedStroke> {
    let (arch, zoom) = (between(ARCH, random), between(ZOOM, random));
    let rows = || strong(image, width).map(|([_, row], _)| row);
    let (top, bottom) = (rows().min()?, rows().max()?);
    let end = top as f32 + arch * (bottom + 1 - top) as f32;
    let columns = || {
        let of_arch = strong(image, width).filter(|([_, row], _)| *row as f32 <= end);
        of_arch.map(|([column, _], _)| column)
    };
    let (left, right) = (columns().min()?, columns().max()?);
    let half_turn = Affine::zoom([-zoom; 2]);
    let middle = [(left + right) as f32 / 2.0, (top as f32 + end) / 2.0];
    Some(InsertedStroke {
        rows: end as usize + 1,
        map: half_turn.about([middle[0] - centre(width), middle[1] - centre(height)]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Augmentation;
    use crate::augment::tests::on_the_fixture;
    use crate::rng::{RngStream, generator};

    const SIDE: usize = 28;

    /// Pieces of paper that the ink of `image` `[h, w]` parts, the one around included.
    fn pieces_of_paper(image: &[f32]) -> usize {
        let mut seen: Vec<bool> = image.iter().map(|value| *value > 0.4).collect();
        let mut pieces = 0;
        for start in 0..seen.len() {
            let mut open = vec![start];
            let mut size = 0;
            while let Some(at) = open.pop() {
                if std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                size += 1;
                let (x, y) = (at % SIDE, at / SIDE);
                if x > 0 {
                    open.push(at - 1);
                }
                if x + 1 < SIDE {
                    open.push(at + 1);
                }
                if y > 0 {
                    open.push(at - SIDE);
                }
                if y + 1 < SIDE {
                    open.push(at + SIDE);
                }
            }
            pieces += usize::from(size > 1);
        }
        pieces
    }

    #[test]
    fn twos_get_a_loop_and_nothing_else_does() {
        let augmentation = Augmentation {
            looped_two_probability: 1.0,
            ..Augmentation::none()
        };
        let (mut before, mut after) = (0, 0);
        on_the_fixture(&augmentation, |i, label, plain, output| {
            if label == 2 {
                before += usize::from(pieces_of_paper(plain) > 1);
                after += usize::from(pieces_of_paper(output) > pieces_of_paper(plain));
            } else {
                assert_eq!(output, plain, "image {i}, a {label}, has changed");
            }
        });
        assert!(before < 50 && after > 55, "{before}, then {after} more");
    }

    #[test]
    fn nothing_has_no_arch() {
        let mut random = generator(1, RngStream::Augment, 0, 0);
        assert_eq!(closing(&[0; SIDE * SIDE], SIDE, SIDE, &mut random), None);
    }
}
