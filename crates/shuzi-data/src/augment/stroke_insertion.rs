//! A digit with a part of its own strokes once more, elsewhere: so that their
//! thickness, ends and shades are those of the writer's pen.

use super::affine::Affine;
use super::ink::Ink;
use super::warp::Source;

/// Strokes to be put once more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct InsertedStroke {
    /// The image's first rows, whose ink it is.
    pub(super) rows: usize,
    /// Where that ink goes.
    pub(super) map: Affine,
}

/// StrokeInsertions images of one size; allocates nothing once it is made.
#[derive(Debug, Clone)]
pub(super) struct StrokeInsertion {
    width: usize,
    source: Source,
    grown: Vec<f32>,
}

impl StrokeInsertion {
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self {
            width,
            source: Source::new(height, width),
            grown: vec![0.0; height * width],
        }
    }

    /// Adds `stroke` to `image` `[h, w]` and says which shift brings its centre of ink
    /// back to where it was; `None` without ink.
    pub(super) fn insert(&mut self, image: &[u8], stroke: &InsertedStroke) -> Option<Affine> {
        let value = |&pixel: &u8| f32::from(pixel) / 255.0;
        let [x, y] = Ink::of(image.iter().map(value), self.width)?.middle;
        let taken = stroke.rows * self.width;
        for (i, (grown, pixel)) in self.grown.iter_mut().zip(image).enumerate() {
            *grown = if i < taken { value(pixel) } else { 0.0 };
        }
        self.source.load_values(&self.grown);
        self.source.sample(&stroke.map, None, None, &mut self.grown);
        for (grown, pixel) in self.grown.iter_mut().zip(image) {
            *grown = grown.max(value(pixel));
        }
        let [to_x, to_y] = Ink::of(self.grown.iter().copied(), self.width)?.middle;
        Some(Affine::identity().shifted([x - to_x, y - to_y]))
    }

    /// What [`Self::insert`] has made, `[h, w]`, pixel / 255.
    pub(super) fn image(&self) -> &[f32] {
        &self.grown
    }
}
