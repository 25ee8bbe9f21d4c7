//! Shape inference, which also proves an architecture sound.

use std::{collections::HashSet, fmt};

use super::{Architecture, Conv, Layer, LayerKind, Padding, Pool, Width};
use crate::{Shape, shape::Window};

/// Largest number of values that a map or a parameter may have; keeps the
/// arithmetic of an architecture read from a file from overflowing.
const MAX_VALUES: u64 = 1 << 32;

/// Deepest nesting of branches and bodies.
const MAX_DEPTH: usize = 16;

/// What is wrong with an architecture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchitectureError {
    /// A number is outside what the layer can do.
    #[error("layer {layer}: {what} must be {expected}, got {got}")]
    Value {
        /// Full name of the layer.
        layer: String,
        /// Which number.
        what: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// A kernel is larger than the (padded) map under it.
    #[error("layer {layer}: a kernel of {kernel} does not fit a map of {map} along one axis")]
    KernelTooLarge {
        /// Full name of the layer.
        layer: String,
        /// Kernel extent along the axis.
        kernel: usize,
        /// Map extent along the axis, padding included.
        map: usize,
    },
    /// Maps that are joined have different shapes.
    #[error("layer {layer}: shapes must agree, got {left} and {right}")]
    Mismatch {
        /// Full name of the layer.
        layer: String,
        /// First shape.
        left: Shape,
        /// The shape that differs from it.
        right: Shape,
    },
    /// A layer's full name occurs twice.
    #[error("layer name {0} occurs twice")]
    Duplicate(String),
    /// The network has no layers.
    #[error("the network has no layers")]
    Empty,
}

/// One layer on its way through shape inference.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Names from the outermost layer inwards, joined by dots.
    pub path: String,
    /// The layer.
    pub layer: &'a Layer,
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
}

impl Step<'_> {
    /// The window that a convolution or pooling moves over its input; that of
    /// any other layer is a single position at a time.
    pub fn window(&self) -> Window {
        // Shape inference has found every window sound.
        let sound = self.layer.kind.sliding().window(&self.path, self.input);
        sound.unwrap_or(Window {
            kernel: [1; 2],
            stride: [1; 2],
            dilation: [1; 2],
            before: [0; 2],
            output: [self.output.height, self.output.width],
        })
    }

    /// Columns of the output that an image makes of which `own` columns of the input
    /// are its own: as many as if it had no others.
    pub(crate) fn own_columns(&self, own: usize) -> usize {
        let along = self.layer.kind.sliding().along(1, own);
        along.map_or(0, |(_, output)| output.min(self.output.width))
    }
}

/// How a layer's window slides, before the size of the map is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sliding {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
}

impl LayerKind {
    /// That of a convolution or pooling; any other layer looks at a single position at a
    /// time.
    pub(crate) fn sliding(&self) -> Sliding {
        match self {
            LayerKind::Conv(conv) | LayerKind::DeformableConv(conv) => conv.sliding(),
            LayerKind::Pool(pool) => pool.sliding(),
            _ => Sliding {
                kernel: [1; 2],
                stride: [1; 2],
                dilation: [1; 2],
                padding: Padding::Valid,
            },
        }
    }
}

impl Conv {
    fn sliding(&self) -> Sliding {
        Sliding {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            padding: self.padding,
        }
    }
}

impl Pool {
    fn sliding(&self) -> Sliding {
        Sliding {
            kernel: self.kernel,
            stride: self.stride,
            dilation: [1; 2],
            padding: self.padding,
        }
    }
}

impl Sliding {
    /// Whether an image's place under the windows depends on its width.
    fn moves_with_width(&self) -> bool {
        self.padding == Padding::Same && self.stride[1] > 1
    }

    /// Taps of the kernel along an axis, and what lies between them.
    fn span(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// Padding before a map of `extent` along an axis, and outputs; `None` if the kernel
    /// does not fit it.
    fn along(&self, axis: usize, extent: usize) -> Option<(usize, usize)> {
        let (stride, span) = (self.stride[axis], self.span(axis));
        let (before, padded) = match self.padding {
            Padding::Valid => (0, extent),
            Padding::Explicit(pad) => (pad[axis], extent + 2 * pad[axis]),
            Padding::Same => {
                let last = extent.div_ceil(stride).checked_sub(1)? * stride;
                let total = (last + span).saturating_sub(extent);
                (total / 2, extent + total)
            }
        };
        let room = padded.checked_sub(span)?;
        Some((before, room / stride + 1))
    }

    /// The window over a map of `input`.
    fn window(&self, path: &str, input: Shape) -> Result<Window, ArchitectureError> {
        let extent = [input.height, input.width];
        let mut result = Window {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            before: [0; 2],
            output: [0; 2],
        };
        for axis in 0..2 {
            let (kernel, stride, dilation) =
                (self.kernel[axis], self.stride[axis], self.dilation[axis]);
            positive(path, "kernel", kernel)?;
            positive(path, "stride", stride)?;
            positive(path, "dilation", dilation)?;
            check_size(
                path,
                "kernel, stride and dilation",
                &[kernel, stride, dilation],
            )?;
            if let Padding::Explicit(pad) = self.padding {
                check_size(path, "padding", &[pad[axis].max(1), 4])?;
            }
            let along = self.along(axis, extent[axis]);
            (result.before[axis], result.output[axis]) =
                along.ok_or_else(|| ArchitectureError::KernelTooLarge {
                    layer: path.to_owned(),
                    kernel: self.span(axis),
                    map: match self.padding {
                        Padding::Explicit(pad) => extent[axis] + 2 * pad[axis],
                        Padding::Valid | Padding::Same => extent[axis],
                    },
                })?;
        }
        Ok(result)
    }
}

impl Architecture {
    /// Every layer with its shapes, containers before their contents.
    ///
    /// # Errors
    /// If any layer can't do its work on the shape that reaches it.
    pub fn steps(&self) -> Result<Vec<Step<'_>>, ArchitectureError> {
        if self.layers.is_empty() {
            return Err(ArchitectureError::Empty);
        }
        check_size(
            &self.name,
            "input",
            &[self.input.height, self.input.width, self.input.channels],
        )?;
        let mut walk = Walk {
            width: self.width,
            ..Walk::default()
        };
        walk.sequence(&self.layers, "", 0, &Flow::of(self.input))?;
        Ok(walk.steps)
    }

    /// Shape of the network's output.
    ///
    /// # Errors
    /// As [`Architecture::steps`].
    pub fn output(&self) -> Result<Shape, ArchitectureError> {
        let steps = self.steps()?;
        let last = steps.iter().rev().find(|step| step.depth == 0);
        Ok(last.map_or(self.input, |step| step.output))
    }
}

/// A shape and where its values come from.
#[derive(Clone)]
struct Flow {
    shape: Shape,
    maps: Vec<Shape>,
}

impl Flow {
    fn of(shape: Shape) -> Self {
        Self {
            shape,
            maps: vec![shape],
        }
    }

    /// Whether neighbouring channels are neighbouring positions of a map.
    fn is_flattened(&self) -> bool {
        self.shape.positions() == 1 && self.maps.iter().any(|map| map.positions() > 1)
    }
}

#[derive(Default)]
struct Walk<'a> {
    width: Width,
    steps: Vec<Step<'a>>,
    names: HashSet<String>,
}

impl<'a> Walk<'a> {
    fn sequence(
        &mut self,
        layers: &'a [Layer],
        parent: &str,
        depth: usize,
        input: &Flow,
    ) -> Result<Flow, ArchitectureError> {
        let mut flow = input.clone();
        for layer in layers {
            flow = self.layer(layer, parent, depth, &flow)?;
        }
        Ok(flow)
    }

    fn layer(
        &mut self,
        layer: &'a Layer,
        parent: &str,
        depth: usize,
        input: &Flow,
    ) -> Result<Flow, ArchitectureError> {
        let path = if parent.is_empty() {
            layer.name.clone()
        } else {
            format!("{parent}.{}", layer.name)
        };
        if layer.name.is_empty() || layer.name.contains('.') {
            return Err(value(
                &path,
                "name",
                "not empty and without dots",
                &layer.name,
            ));
        }
        if depth > MAX_DEPTH {
            return Err(value(&path, "nesting", "at most 16 deep", depth));
        }
        if !self.names.insert(path.clone()) {
            return Err(ArchitectureError::Duplicate(path));
        }
        let needs_map = matches!(
            layer.kind,
            LayerKind::Conv(_)
                | LayerKind::DeformableConv(_)
                | LayerKind::Lrn(_)
                | LayerKind::Pool(_)
        );
        if needs_map && input.is_flattened() {
            let got = format!("{}, a flattened map", input.shape);
            return Err(value(&path, "input", "a map", got));
        }
        if matches!(layer.kind, LayerKind::Flatten | LayerKind::Linear(_))
            && self.width == Width::Dynamic
        {
            return Err(value(&path, "width", "fixed", "dynamic"));
        }
        if self.width == Width::Dynamic && layer.kind.sliding().moves_with_width() {
            let expected = "valid or explicit where a stride goes along a dynamic width";
            return Err(value(&path, "padding", expected, "same"));
        }
        let index = self.steps.len();
        self.steps.push(Step {
            path: path.clone(),
            layer,
            input: input.shape,
            output: input.shape,
            input_maps: input.maps.clone(),
            depth,
        });
        let output = match &layer.kind {
            LayerKind::Parallel { branches } => self.parallel(branches, &path, depth, input)?,
            LayerKind::Residual { body, scale } => {
                if !scale.is_finite() {
                    return Err(value(&path, "scale", "finite", scale));
                }
                let out = self.sequence(body, &path, depth + 1, input)?;
                same_shape(&path, input.shape, out.shape)?;
                input.clone()
            }
            LayerKind::Flatten => Flow {
                shape: Shape::vector(input.shape.len()),
                maps: input.maps.clone(),
            },
            LayerKind::Activation { .. } | LayerKind::Dropout { .. } | LayerKind::BatchNorm(_) => {
                layer.kind.output(&path, input.shape)?;
                input.clone()
            }
            kind => Flow::of(kind.output(&path, input.shape)?),
        };
        self.steps[index].output = output.shape;
        Ok(output)
    }

    fn parallel(
        &mut self,
        branches: &'a [Vec<Layer>],
        path: &str,
        depth: usize,
        input: &Flow,
    ) -> Result<Flow, ArchitectureError> {
        if branches.is_empty() {
            return Err(value(path, "branches", "at least 1", 0));
        }
        let flows = branches
            .iter()
            .map(|branch| self.sequence(branch, path, depth + 1, input))
            .collect::<Result<Vec<_>, _>>()?;
        let first = flows[0].shape;
        let channels = flows.iter().map(|flow| flow.shape.channels).sum();
        for flow in &flows {
            let shape = flow.shape;
            same_shape(
                path,
                first,
                Shape::new(shape.height, shape.width, first.channels),
            )?;
        }
        let shape = Shape::new(first.height, first.width, channels);
        check_size(path, "output", &[shape.height, shape.width, shape.channels])?;
        let maps = if first.positions() == 1 {
            flows.into_iter().flat_map(|flow| flow.maps).collect()
        } else {
            vec![shape]
        };
        Ok(Flow { shape, maps })
    }
}

impl LayerKind {
    /// Output shape of a layer without inner layers.
    fn output(&self, path: &str, input: Shape) -> Result<Shape, ArchitectureError> {
        match self {
            LayerKind::Conv(conv) => conv_output(conv, path, input),
            LayerKind::DeformableConv(conv) => {
                if conv.groups != 1 {
                    return Err(value(path, "groups", "1", conv.groups));
                }
                if conv.dilation != [1, 1] {
                    return Err(value(path, "dilation", "1", format!("{:?}", conv.dilation)));
                }
                conv_output(conv, path, input)
            }
            LayerKind::Pool(pool) => {
                let window = pool.sliding().window(path, input)?;
                if window.before[0] >= pool.kernel[0] || window.before[1] >= pool.kernel[1] {
                    return Err(value(
                        path,
                        "padding",
                        "smaller than the kernel",
                        format!("{:?}", window.before),
                    ));
                }
                Ok(Shape::new(
                    window.output[0],
                    window.output[1],
                    input.channels,
                ))
            }
            LayerKind::Linear(linear) => {
                if input.positions() != 1 {
                    return Err(value(
                        path,
                        "input",
                        "a vector (add a flatten layer)",
                        input,
                    ));
                }
                positive(path, "out_features", linear.out_features)?;
                check_size(path, "weights", &[linear.out_features, input.channels])?;
                Ok(Shape::vector(linear.out_features))
            }
            LayerKind::Lrn(lrn) => {
                positive(path, "size", lrn.size)?;
                if !(lrn.k > 0.0 && lrn.alpha >= 0.0 && lrn.beta.is_finite()) {
                    return Err(value(
                        path,
                        "k, alpha, beta",
                        "k > 0, alpha ≥ 0, beta finite",
                        format!("{lrn:?}"),
                    ));
                }
                Ok(input)
            }
            LayerKind::BatchNorm(norm) => {
                if !(norm.epsilon > 0.0 && (0.0..=1.0).contains(&norm.momentum)) {
                    return Err(value(
                        path,
                        "epsilon, momentum",
                        "ε > 0, momentum in [0, 1]",
                        format!("{norm:?}"),
                    ));
                }
                Ok(input)
            }
            LayerKind::Dropout { rate } if !(0.0..1.0).contains(rate) => {
                Err(value(path, "rate", "in [0, 1)", rate))
            }
            LayerKind::Activation { .. }
            | LayerKind::Dropout { .. }
            | LayerKind::Flatten
            | LayerKind::Parallel { .. }
            | LayerKind::Residual { .. } => Ok(input),
        }
    }
}

fn conv_output(conv: &Conv, path: &str, input: Shape) -> Result<Shape, ArchitectureError> {
    positive(path, "out_channels", conv.out_channels)?;
    if conv.groups == 0
        || !input.channels.is_multiple_of(conv.groups)
        || !conv.out_channels.is_multiple_of(conv.groups)
    {
        return Err(value(
            path,
            "groups",
            "a divisor of input and output channels",
            conv.groups,
        ));
    }
    let window = conv.sliding().window(path, input)?;
    check_size(
        path,
        "weights",
        &[
            conv.out_channels,
            input.channels,
            conv.kernel[0],
            conv.kernel[1],
        ],
    )?;
    let output = Shape::new(window.output[0], window.output[1], conv.out_channels);
    check_size(
        path,
        "output",
        &[output.height, output.width, output.channels],
    )?;
    Ok(output)
}

fn value(
    layer: &str,
    what: &'static str,
    expected: &'static str,
    got: impl fmt::Display,
) -> ArchitectureError {
    ArchitectureError::Value {
        layer: layer.to_owned(),
        what,
        expected,
        got: got.to_string(),
    }
}

fn positive(layer: &str, what: &'static str, n: usize) -> Result<(), ArchitectureError> {
    if n == 0 {
        return Err(value(layer, what, "at least 1", n));
    }
    Ok(())
}

fn check_size(layer: &str, what: &'static str, extents: &[usize]) -> Result<(), ArchitectureError> {
    let product = extents
        .iter()
        .try_fold(1u64, |product, &extent| product.checked_mul(extent as u64));
    // No slice has more bytes than half the address space.
    let most = MAX_VALUES.min((isize::MAX as u64) / size_of::<f32>() as u64);
    match product {
        Some(values) if (1..=most).contains(&values) => Ok(()),
        _ => Err(value(
            layer,
            what,
            "from 1 to 2³² values",
            format!("{extents:?}"),
        )),
    }
}

fn same_shape(layer: &str, left: Shape, right: Shape) -> Result<(), ArchitectureError> {
    if left == right {
        return Ok(());
    }
    Err(ArchitectureError::Mismatch {
        layer: layer.to_owned(),
        left,
        right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{BatchNorm, Linear, Pool};

    fn error(layers: Vec<LayerKind>) -> String {
        let layers = layers.into_iter().enumerate();
        let architecture = Architecture {
            name: "test".into(),
            input: Shape::new(4, 4, 2),
            width: Default::default(),
            layers: layers
                .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
                .collect(),
        };
        architecture
            .steps()
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn unsound_networks_are_refused_by_layer() {
        let conv = |kernel| LayerKind::Conv(Conv::new(3, [kernel; 2]));
        let grouped = LayerKind::DeformableConv(Conv {
            groups: 2,
            ..Conv::new(4, [1, 1])
        });
        for (layers, expected) in [
            (vec![], "no layers"),
            (vec![conv(5)], "l0: a kernel of 5 does not fit a map of 4"),
            (vec![conv(0)], "l0: kernel must be at least 1"),
            (
                vec![LayerKind::Flatten, conv(1)],
                "l1: input must be a map, got 1×1×32, a flattened map",
            ),
            (
                vec![LayerKind::Flatten, LayerKind::Pool(Pool::max(1, 1))],
                "l1: input must be a map",
            ),
            (vec![grouped], "l0: groups must be 1, got 2"),
            (vec![LayerKind::Linear(Linear { out_features: 3 })], "l0"),
        ] {
            let got = error(layers.clone());
            assert!(got.contains(expected), "{layers:?}: {got:?}");
        }
        // What does not look at neighbours may follow.
        let norm = LayerKind::BatchNorm(BatchNorm::default());
        let linear = LayerKind::Linear(Linear { out_features: 3 });
        assert_eq!(error(vec![LayerKind::Flatten, norm, linear, conv(1)]), "");
    }
}
