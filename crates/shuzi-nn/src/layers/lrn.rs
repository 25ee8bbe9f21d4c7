//! Local response normalisation.

use rayon::prelude::*;

use super::{Pass, Room, TrainLayer};
use crate::{
    Shape,
    architecture::Lrn,
    kernels::lrn::{backward, forward},
};

pub(super) struct LrnLayer {
    pub(super) lrn: Lrn,
    pub(super) shape: Shape,
}

impl TrainLayer for LrnLayer {
    fn output_len(&self) -> usize {
        self.shape.len()
    }

    fn room(&self) -> Room {
        Room {
            scratch: 2 * self.shape.channels,
            workspace: 0,
        }
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let len = self.shape.len();
        let scratch = pass.scratch;
        y.par_chunks_mut(len)
            .zip(x.par_chunks(len))
            .for_each(|(y, x)| {
                scratch.with(|scratch| forward(&self.lrn, self.shape.channels, x, y, scratch));
            });
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Some(dx) = dx else { return };
        let len = self.shape.len();
        let scratch = pass.scratch;
        let images = dx
            .par_chunks_mut(len)
            .zip(x.par_chunks(len))
            .zip(dy.par_chunks(len));
        images.for_each(|((dx, x), dy)| {
            scratch.with(|scratch| backward(&self.lrn, self.shape.channels, x, dy, dx, scratch));
        });
    }
}
