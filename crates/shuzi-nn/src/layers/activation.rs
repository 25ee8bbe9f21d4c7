//! An activation on its own.

use rayon::prelude::*;

use super::{Pass, TrainLayer};
use crate::{
    architecture::Activation,
    kernels::elementwise::{activate, activate_backward},
};

pub(super) struct ActivationLayer {
    pub(super) function: Activation,
    pub(super) len: usize,
}

impl TrainLayer for ActivationLayer {
    fn output_len(&self) -> usize {
        self.len
    }

    fn forward(&mut self, _: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let images = y.par_chunks_mut(self.len).zip(x.par_chunks(self.len));
        images.for_each(|(y, x)| activate(self.function, x, y));
    }

    fn backward(
        &mut self,
        _: &mut Pass<'_>,
        _: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Some(dx) = dx else { return };
        let images = dx.par_chunks_mut(self.len).zip(y.par_chunks(self.len));
        let images = images.zip(dy.par_chunks(self.len));
        images.for_each(|((dx, y), dy)| activate_backward(self.function, y, dy, dx));
    }
}
