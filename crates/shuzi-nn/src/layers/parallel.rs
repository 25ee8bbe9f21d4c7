//! Branches on one input, their channels concatenated.

use rayon::prelude::*;

use super::{Pass, Room, TrainLayer, sequence::Sequence};
use crate::{Shape, buffer::Buffer, kernels::elementwise::add_scaled};

pub(super) struct ParallelLayer {
    branches: Vec<Branch>,
    /// Gradient of the input from all branches after the first.
    further: Buffer,
    output: Shape,
}

struct Branch {
    sequence: Sequence,
    channels: usize,
    output: Buffer,
    gradient: Buffer,
}

impl ParallelLayer {
    pub(super) fn new(
        branches: Vec<Sequence>,
        input: Shape,
        output: Shape,
        max_batch: usize,
    ) -> Self {
        let branches = branches.into_iter().map(|sequence| {
            let len = sequence.output_len();
            Branch {
                channels: len / output.positions(),
                output: Buffer::zeros(max_batch * len),
                gradient: Buffer::zeros(max_batch * len),
                sequence,
            }
        });
        Self {
            branches: branches.collect(),
            further: Buffer::zeros(max_batch * input.len()),
            output,
        }
    }
}

impl TrainLayer for ParallelLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn room(&self) -> Room {
        let sequences = self.branches.iter().map(|branch| &branch.sequence);
        Room::for_any(sequences.map(|sequence| sequence as &dyn TrainLayer))
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let mut first = 0;
        for branch in &mut self.branches {
            let len = pass.n * branch.sequence.output_len();
            branch.sequence.forward(pass, x, &mut branch.output[..len]);
            let positions = y.par_chunks_mut(self.output.channels);
            let source = branch.output[..len].par_chunks(branch.channels);
            positions
                .zip(source)
                .with_min_len(256)
                .for_each(|(y, source)| {
                    y[first..first + source.len()].copy_from_slice(source);
                });
            first += branch.channels;
        }
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        _: &[f32],
        dy: &mut [f32],
        mut dx: Option<&mut [f32]>,
    ) {
        let mut first = 0;
        for (i, branch) in self.branches.iter_mut().enumerate() {
            let len = pass.n * branch.sequence.output_len();
            let gradient = &mut branch.gradient[..len];
            let positions = gradient.par_chunks_mut(branch.channels);
            positions
                .zip(dy.par_chunks(self.output.channels))
                .with_min_len(256)
                .for_each(|(target, dy)| {
                    target.copy_from_slice(&dy[first..first + target.len()]);
                });
            first += branch.channels;
            let y = &branch.output[..len];
            match &mut dx {
                None => branch.sequence.backward(pass, x, y, gradient, None),
                Some(dx) if i == 0 => branch.sequence.backward(pass, x, y, gradient, Some(dx)),
                Some(dx) => {
                    let further = &mut self.further[..dx.len()];
                    branch
                        .sequence
                        .backward(pass, x, y, gradient, Some(further));
                    add_scaled(1.0, further, dx);
                }
            }
        }
    }
}
