//! What every layer says of itself, once.

use std::{fmt, sync::Arc};

use super::batch_norm::{After, BatchNormLayer};
use crate::{
    Shape, WeightsError, Window,
    columns::Place,
    onnx::{Exporter, Value},
    parameters::Parameters,
    pass::{BuildContext, Convolution, Sequence, TrainLayer},
    program::{Folded, Inference, PackedWeights},
    spec::{ArchitectureError, Flow, Layout, ParameterSpec, Role, Sliding},
};

/// A layer: everything that the rest of the crate asks of it.
///
/// The one place that knows all layers is [`LayerKind`](super::LayerKind)'s table.
pub(crate) trait Definition: fmt::Debug {
    /// What it is, in a word.
    fn name(&self) -> &'static str;

    /// How its window slides; `None` if it looks at a single position at a time.
    fn sliding(&self) -> Option<Sliding>;

    /// What it makes of `input`, given what each inner sequence makes of it.
    ///
    /// # Errors
    /// If the layer can't do its work on it.
    fn output(&self, path: &str, input: &Flow, inner: &[Flow]) -> Result<Flow, ArchitectureError>;

    /// Its own tensors, not those of layers inside it.
    fn parameters(&self, step: &Step) -> Vec<ParameterSpec>;

    /// Its own multiply-adds for one image, counted as if padding were data.
    fn multiply_adds(&self, step: &Step) -> usize;

    /// What it does together with its neighbours.
    fn fusion(&self) -> Fusion;

    /// Its training pass, given those of the inner sequences; `None` if it needs no work.
    fn train(
        &self,
        site: &Site<'_>,
        inner: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>>;

    /// Its training pass if it can take and hand on maps while they are in the cache.
    fn convolution(&self, _: &Site<'_>, _: &BuildContext<'_>) -> Option<Box<dyn Convolution>> {
        None
    }

    /// Its training pass together with what follows it, to the map at `output`, if it
    /// normalises.
    fn normalisation(
        &self,
        _: &Site<'_>,
        _: After,
        _output: Place,
        _: &BuildContext<'_>,
    ) -> Option<BatchNormLayer> {
        None
    }

    /// Its work in inference, with what is folded into it.
    fn infer(&self, site: &Site<'_>, context: &mut InferContext<'_>, folded: Folded) -> Inference;

    /// Scale and shift that it is in inference, if it is no more than that.
    fn affine(&self, _: &Step, _: &Parameters) -> Option<(Vec<f32>, Vec<f32>)> {
        None
    }

    /// Its nodes in an ONNX graph; `inner` makes those of an inner sequence.
    ///
    /// # Errors
    /// If a tensor is missing.
    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        inner: &mut Inner<'_>,
    ) -> Result<Value, WeightsError>;
}

/// Makes the nodes of inner sequence number so many from a value.
pub(crate) type Inner<'a> =
    dyn FnMut(&mut Exporter<'_>, usize, Value) -> Result<Value, WeightsError> + 'a;

/// What a layer does together with its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fusion {
    /// Nothing.
    Alone,
    /// Takes up a normalisation, a ReLU and, if it normalises, a max pooling that follow.
    Convolution,
    /// Takes up a ReLU that follows.
    Linear,
    /// May be taken up; alone takes up a ReLU and a max pooling.
    Normalisation,
    /// May be taken up.
    Relu,
    /// May be taken up if its windows cut the map in equal parts.
    MaxPool,
}

/// One layer on its way through shape inference.
#[derive(Clone, Debug)]
pub struct Step {
    /// Names from the outermost layer inwards, joined by dots.
    pub path: String,
    /// Shape that it takes.
    pub input: Shape,
    /// Shape that it gives.
    pub output: Shape,
    /// The maps whose flattened values, one after the other, make up the
    /// input: PyTorch flattens channels first, we last, so that a linear
    /// layer's columns are permuted in files.
    pub input_maps: Vec<Shape>,
    /// How many layers contain this one.
    pub depth: usize,
    pub(crate) definition: Arc<dyn Definition>,
}

impl Step {
    /// The window that a convolution or pooling moves over its input; that of
    /// any other layer is a single position at a time.
    pub fn window(&self) -> Window {
        let sliding = self.definition.sliding();
        // Shape inference has found every window sound.
        let sound = sliding.and_then(|sliding| sliding.window(&self.path, self.input).ok());
        sound.unwrap_or(Window {
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            before: [0; 2],
            output: [self.input.height, self.input.width],
        })
    }

    /// The layer's own tensors (not those of layers inside it).
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        self.definition.parameters(self)
    }

    /// Columns of the output that an image makes of which `own` columns of the input
    /// are its own: as many as if it had no others.
    pub(crate) fn own_columns(&self, own: usize) -> usize {
        match self.definition.sliding() {
            None => own,
            Some(sliding) => sliding
                .along(1, own)
                .map_or(0, |(_, output)| output.min(self.output.width)),
        }
    }

    /// The order of a value for each channel of the input. After a map was flattened,
    /// channels are its values, which files have in another order.
    pub(crate) fn channel_layout(&self) -> Layout {
        let flattened = self.input_maps.iter().any(|map| map.positions() > 1);
        if self.input.positions() == 1 && flattened {
            return Layout::Matrix {
                out: 1,
                maps: self.input_maps.clone(),
            };
        }
        Layout::Plain
    }

    /// The vector `suffix` of the layer.
    pub(crate) fn vector(&self, suffix: &str, role: Role, len: usize) -> ParameterSpec {
        self.tensor(suffix, role, vec![len], Layout::Plain)
    }

    /// The tensor `suffix` of the layer.
    pub(crate) fn tensor(
        &self,
        suffix: &str,
        role: Role,
        shape: Vec<usize>,
        layout: Layout,
    ) -> ParameterSpec {
        ParameterSpec {
            name: format!("{}.{suffix}", self.path),
            role,
            shape,
            layout,
        }
    }
}

/// A layer's place in the network.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    pub(crate) step: &'a Step,
    pub(crate) input: Place,
    pub(crate) output: Place,
}

/// What an inference plan is made from.
#[derive(Debug)]
pub(crate) struct InferContext<'a> {
    pub(crate) parameters: &'a Parameters,
    pub(crate) packed: &'a mut PackedWeights,
}
