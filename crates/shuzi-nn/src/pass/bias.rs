//! The bias that convolutions add to each channel.

use std::ops::Range;

use rayon::prelude::*;

use super::Pass;
use crate::kernels::{elementwise::add_columns, matmul::Epilogue};

pub(crate) struct Bias {
    /// Empty where the convolution has none.
    place: Range<usize>,
    /// Each image's share of the gradient.
    partial: Vec<f32>,
}

impl Bias {
    pub(crate) fn new(place: Range<usize>, max_batch: usize) -> Self {
        Self {
            partial: vec![0.0; max_batch * place.len()],
            place,
        }
    }

    /// What the convolution does with its sums.
    pub(crate) fn epilogue<'a>(&self, values: &'a [f32]) -> Epilogue<'a> {
        if self.place.is_empty() {
            return Epilogue::Store;
        }
        Epilogue::Bias {
            bias: &values[self.place.clone()],
            relu: false,
        }
    }

    /// Writes the gradient; `len` is that of one image's output.
    pub(crate) fn gradient(&mut self, pass: &mut Pass<'_>, len: usize, dy: &[f32]) {
        let c = self.place.len();
        if c == 0 {
            return;
        }
        let partial = &mut self.partial[..pass.n * c];
        partial.fill(0.0);
        let images = partial.par_chunks_mut(c).zip(dy.par_chunks(len));
        images.for_each(|(sum, dy)| add_columns(dy, sum));
        let gradient = &mut pass.gradients[self.place.clone()];
        gradient.fill(0.0);
        add_columns(partial, gradient);
    }
}
