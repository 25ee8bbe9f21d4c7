//! What layers have in common on their way through a training pass.
//!
//! Each layer knows its shapes, its places in the parameter store, and the
//! buffers that its backward pass needs from its forward pass. All are
//! allocated when the network is built.

mod bias;
mod convolution;
mod sequence;

pub(crate) use bias::Bias;
pub(crate) use convolution::{Convolution, Maker, Source};
pub(crate) use sequence::Sequence;

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use crate::{columns::OwnColumns, parameters::ParameterLayout, threads::Scratch};

/// Which loops compute convolutions and fully connected layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kernels {
    /// The fastest known.
    #[default]
    Fast,
    /// Those of the definition, to check the fast ones; not for deformable convolution.
    Naive,
}

/// What a pass over a batch has at hand.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    /// Images in the batch.
    pub(crate) n: usize,
    pub(crate) mode: Mode,
    /// All parameters; batch normalisation writes its running statistics.
    pub(crate) values: &'a mut [f32],
    /// Gradients of the trained parameters.
    pub(crate) gradients: &'a mut [f32],
    pub(crate) scratch: &'a Scratch,
    /// Room of all workers for what a call of a layer needs on its way, left over
    /// from other layers: one for all of them stays in the cache.
    pub(crate) workspace: &'a mut [f32],
    /// Which columns are the images' own; `None` where all are.
    pub(crate) columns: Option<OwnColumns<'a>>,
}

impl Pass<'_> {
    /// The same for `n` rows in place of images.
    pub(crate) fn of(&mut self, n: usize) -> Pass<'_> {
        Pass {
            n,
            mode: self.mode,
            values: self.values,
            gradients: self.gradients,
            scratch: self.scratch,
            workspace: self.workspace,
            columns: self.columns,
        }
    }
}

/// Whether the batch trains the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    /// Batch statistics, dropout drawn from this seed and step.
    Train { seed: u64, step: u64 },
    /// Running statistics, no dropout.
    Infer,
    /// Batch statistics, of which `share` goes into the running ones, no
    /// dropout.
    Estimate { share: f32 },
}

/// One layer of the training pass.
///
/// Slices hold exactly the batch's `n` images, `[n, h, w, c]`.
pub(crate) trait TrainLayer: Send {
    /// Values of the output for one image.
    fn output_len(&self) -> usize;

    /// What the layer needs in its calls only.
    fn room(&self) -> Room {
        Room::default()
    }

    /// Computes `y` from `x`.
    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]);

    /// Writes the gradients of the layer's parameters, and that of `x` to
    /// `dx` where it is wanted. Follows `forward` on the same batch; may
    /// spoil `dy`.
    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    );
}

/// Values that a call of a layer needs on its way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Room {
    /// Of scratch, for each worker.
    pub(crate) scratch: usize,
    /// Of the workspace.
    pub(crate) workspace: usize,
}

impl Room {
    /// Enough for any of some layers.
    pub(crate) fn for_any<'a>(layers: impl IntoIterator<Item = &'a (dyn TrainLayer + 'a)>) -> Self {
        layers
            .into_iter()
            .map(TrainLayer::room)
            .fold(Self::default(), |most, room| Self {
                scratch: most.scratch.max(room.scratch),
                workspace: most.workspace.max(room.workspace),
            })
    }
}

/// What building a layer needs to know.
#[derive(Debug)]
pub(crate) struct BuildContext<'a> {
    pub(crate) max_batch: usize,
    pub(crate) kernels: Kernels,
    pub(crate) workers: usize,
    pub(crate) parameters: &'a ParameterLayout,
    /// Random streams that layers have taken so far.
    pub(crate) streams: Cell<u64>,
}

impl BuildContext<'_> {
    /// A random stream that no other layer has.
    pub(crate) fn stream(&self) -> u64 {
        self.streams.set(self.streams.get() + 1);
        self.streams.get()
    }
}
