//! Max and average pooling.

use rayon::prelude::*;

use super::{Pass, TrainLayer};
use crate::kernels::pool::PoolPlan;

pub(super) struct PoolLayer {
    pub(super) plan: PoolPlan,
}

impl TrainLayer for PoolLayer {
    fn output_len(&self) -> usize {
        self.plan.output().len()
    }

    fn forward(&mut self, _: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        y.par_chunks_mut(self.output_len())
            .zip(x.par_chunks(self.plan.input.len()))
            .for_each(|(y, x)| self.plan.forward(x, y));
    }

    fn backward(
        &mut self,
        _: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let Some(dx) = dx else { return };
        let (input, output) = (self.plan.input.len(), self.output_len());
        let inputs = dx.par_chunks_mut(input).zip(x.par_chunks(input));
        let outputs = y.par_chunks(output).zip(dy.par_chunks(output));
        inputs
            .zip(outputs)
            .for_each(|((dx, x), (y, dy))| self.plan.backward(x, y, dy, dx));
    }
}
