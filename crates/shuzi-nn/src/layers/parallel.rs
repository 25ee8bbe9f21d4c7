//! Branches on one input, their channels concatenated.

use rayon::prelude::*;

use super::{Definition, Fusion, InferContext, Inner, Site, Step};
use crate::{
    Shape,
    buffer::Buffer,
    kernels::elementwise::add_scaled,
    onnx::{Exporter, Rank, Value, int},
    pass::{BuildContext, Pass, Room, Sequence, TrainLayer},
    program::{Folded, Inference},
    spec::{ArchitectureError, Flow, ParameterSpec, Sliding, check_size, same_shape, value},
    weights::WeightsError,
};

/// See [`LayerKind::Parallel`](super::LayerKind::Parallel).
#[derive(Debug)]
pub(super) struct Parallel {
    pub(super) branches: usize,
}

impl Definition for Parallel {
    fn name(&self) -> &'static str {
        "parallel"
    }

    fn sliding(&self) -> Option<Sliding> {
        None
    }

    fn output(
        &self,
        path: &str,
        input: &Flow,
        branches: &[Flow],
    ) -> Result<Flow, ArchitectureError> {
        let Some(Flow { shape: first, .. }) = branches.first() else {
            return Err(value(path, "branches", "at least 1", 0));
        };
        let channels = branches.iter().map(|flow| flow.shape.channels).sum();
        for Flow { shape, .. } in branches {
            let shape = Shape::new(shape.height, shape.width, first.channels);
            same_shape(path, *first, shape)?;
        }
        let shape = Shape::new(first.height, first.width, channels);
        check_size(path, "output", &[shape.height, shape.width, shape.channels])?;
        let maps = if first.positions() == 1 {
            branches.iter().flat_map(|flow| flow.maps.clone()).collect()
        } else {
            vec![shape]
        };
        Ok(Flow {
            shape,
            maps,
            width: input.width,
        })
    }

    fn parameters(&self, _: &Step) -> Vec<ParameterSpec> {
        Vec::new()
    }

    fn multiply_adds(&self, _: &Step) -> usize {
        0
    }

    fn fusion(&self) -> Fusion {
        Fusion::Alone
    }

    fn train(
        &self,
        site: &Site<'_>,
        inner: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        Some(Box::new(ParallelLayer::new(
            inner,
            site.input.shape,
            site.output.shape,
            context.max_batch,
        )))
    }

    fn infer(&self, _: &Site<'_>, _: &mut InferContext<'_>, _: Folded) -> Inference {
        Inference::Concatenate
    }

    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        inner: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let path = step.path.as_str();
        let values = (0..self.branches)
            .map(|branch| inner(exporter, branch, x.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        // Branches of one value a channel may be of either rank.
        let rank = if values.iter().any(|value| value.rank == Rank::Vector) {
            Rank::Vector
        } else {
            Rank::Map
        };
        let names: Vec<String> = values
            .into_iter()
            .enumerate()
            .map(|(branch, value)| match rank {
                Rank::Vector => exporter.vector(&format!("{path}.flatten{branch}"), value),
                Rank::Map => value.name,
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let name = exporter.node("Concat", path, &names, vec![int("axis", 1)]);
        Ok(Value { name, rank })
    }
}

struct ParallelLayer {
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
    fn new(branches: Vec<Sequence>, input: Shape, output: Shape, max_batch: usize) -> Self {
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
