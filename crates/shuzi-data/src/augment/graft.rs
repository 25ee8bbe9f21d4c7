//! A digit with a part of its own strokes once more, elsewhere: so that their
//! thickness, ends and shades are those of the writer's pen.

use super::Affine;
use super::ink::Ink;
use super::warp::Source;

/// Strokes to be put once more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scion {
    /// The image's first rows, whose ink it is.
    pub(super) rows: usize,
    /// Where that ink goes.
    pub(super) map: Affine,
}

/// Grafts images of one size; allocates nothing once it is made.
#[derive(Debug, Clone)]
pub(super) struct Graft {
    width: usize,
    source: Source,
    grown: Vec<f32>,
}

impl Graft {
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self {
            width,
            source: Source::new(height, width),
            grown: vec![0.0; height * width],
        }
    }

    /// Adds `scion` to `image` `[h, w]` and says which shift brings its centre of ink
    /// back to where it was; `None` without ink.
    pub(super) fn grow(&mut self, image: &[u8], scion: &Scion) -> Option<Affine> {
        let value = |&pixel: &u8| f32::from(pixel) / 255.0;
        let [x, y] = Ink::of(image.iter().map(value), self.width)?.middle;
        let taken = scion.rows * self.width;
        for (i, (grown, pixel)) in self.grown.iter_mut().zip(image).enumerate() {
            *grown = if i < taken { value(pixel) } else { 0.0 };
        }
        self.source.load_values(&self.grown);
        self.source.sample(&scion.map, None, None, &mut self.grown);
        for (grown, pixel) in self.grown.iter_mut().zip(image) {
            *grown = grown.max(value(pixel));
        }
        let [to_x, to_y] = Ink::of(self.grown.iter().copied(), self.width)?.middle;
        Some(Affine::identity().shifted([x - to_x, y - to_y]))
    }

    /// What [`Self::grow`] has made, `[h, w]`, pixel / 255.
    pub(super) fn image(&self) -> &[f32] {
        &self.grown
    }
}
