//! From an architecture and its weights to a graph.

use std::path::Path;

use shuzi_nn::{
    Layer, LayerKind, Shape, Weights, WeightsError, Window,
    architecture::{Activation, Conv, Lrn, Padding, Pool, PoolMode, Step, Width},
};

use super::{
    graph::{Builder, INPUT, float, int, ints, string},
    proto::Attribute,
};
use crate::{error::ModelError, files::WEIGHTS_FILE, model::Model};

pub(super) fn export(model: &Model) -> Result<Vec<u8>, ModelError> {
    let architecture = &model.config.architecture;
    let unsound = |source: shuzi_nn::Error| ModelError::Network {
        path: Path::new(WEIGHTS_FILE).to_owned(),
        source,
    };
    let specs = architecture.parameters().map_err(|e| unsound(e.into()))?;
    model.weights.check(&specs).map_err(|e| unsound(e.into()))?;
    let steps = architecture.steps().map_err(|e| unsound(e.into()))?;
    let mut exporter = Exporter {
        weights: &model.weights,
        builder: Builder::default(),
        steps: steps.iter(),
    };
    let input = Value {
        name: INPUT.to_owned(),
        rank: Rank::Map,
    };
    let output = exporter
        .sequence(&architecture.layers, input)
        .map_err(|e| unsound(e.into()))?;
    let logits = match architecture.width {
        Width::Fixed => exporter.vector("flatten_logits", output),
        Width::Dynamic => exporter.frames(&output.name),
    };
    let classes = model.config.classes.len();
    let Exporter { builder, .. } = exporter;
    Ok(builder.finish(architecture, &logits, classes))
}

/// `[batch, c, h, w]` or `[batch, c]`: ours has no such difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Map,
    Vector,
}

#[derive(Clone)]
struct Value {
    name: String,
    rank: Rank,
}

struct Exporter<'a, 's> {
    weights: &'a Weights,
    builder: Builder,
    steps: std::slice::Iter<'s, Step<'s>>,
}

impl Exporter<'_, '_> {
    fn sequence(&mut self, layers: &[Layer], input: Value) -> Result<Value, WeightsError> {
        let mut value = input;
        for layer in layers {
            let Some(step) = self.steps.next() else { break };
            value = self.layer(&layer.kind, step, value)?;
        }
        Ok(value)
    }

    fn layer(
        &mut self,
        kind: &LayerKind,
        step: &Step<'_>,
        x: Value,
    ) -> Result<Value, WeightsError> {
        let path = step.path.as_str();
        let rank = x.rank;
        let map = |name| Value {
            name,
            rank: Rank::Map,
        };
        Ok(match kind {
            LayerKind::Dropout { .. } => x,
            LayerKind::Flatten => Value {
                name: self.vector(path, x),
                rank: Rank::Vector,
            },
            LayerKind::Activation { function } => {
                let operator = match function {
                    Activation::Relu => "Relu",
                    Activation::Tanh => "Tanh",
                    Activation::Sigmoid => "Sigmoid",
                };
                let name = self.builder.node(operator, path, &[&x.name], Vec::new());
                Value { name, rank }
            }
            LayerKind::BatchNorm(norm) => {
                let mut inputs = vec![x.name];
                for suffix in ["weight", "bias", "running_mean", "running_var"] {
                    inputs.push(self.tensor(path, suffix)?);
                }
                let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
                let attributes = vec![float("epsilon", norm.epsilon)];
                let name = self
                    .builder
                    .node("BatchNormalization", path, &inputs, attributes);
                Value { name, rank }
            }
            LayerKind::Linear(_) => {
                let x = self.vector(&format!("{path}.flatten"), x);
                let weight = self.tensor(path, "weight")?;
                let bias = self.tensor(path, "bias")?;
                let attributes = vec![int("transB", 1)];
                let name = self
                    .builder
                    .node("Gemm", path, &[&x, &weight, &bias], attributes);
                Value {
                    name,
                    rank: Rank::Vector,
                }
            }
            LayerKind::Conv(conv) => {
                let x = self.map(path, x);
                map(self.conv(path, "", conv, &step.window(), step.input, &x, path)?)
            }
            LayerKind::DeformableConv(conv) => {
                let x = self.map(path, x);
                map(self.deformable(conv, step, &x)?)
            }
            LayerKind::Pool(pool) => {
                let x = self.map(path, x);
                map(self.pool(pool, step, &x))
            }
            LayerKind::Lrn(lrn) => {
                let x = self.map(path, x);
                map(self.lrn(lrn, step, &x))
            }
            LayerKind::Parallel { branches } => {
                let values = branches
                    .iter()
                    .map(|branch| self.sequence(branch, x.clone()))
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
                        Rank::Vector => self.vector(&format!("{path}.flatten{branch}"), value),
                        Rank::Map => value.name,
                    })
                    .collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let name = self
                    .builder
                    .node("Concat", path, &names, vec![int("axis", 1)]);
                Value { name, rank }
            }
            LayerKind::Residual { body, scale } => {
                let value = self.sequence(body, x.clone())?;
                let mut body = match rank {
                    Rank::Vector => self.vector(&format!("{path}.flatten"), value),
                    Rank::Map => self.map(&format!("{path}.body"), value),
                };
                if *scale != 1.0 {
                    let scale = self
                        .builder
                        .floats(&format!("{path}.scale"), &[1], &[*scale]);
                    let name = format!("{path}.scaled");
                    body = self
                        .builder
                        .node("Mul", &name, &[&body, &scale], Vec::new());
                }
                let name = self
                    .builder
                    .node("Add", path, &[&x.name, &body], Vec::new());
                Value { name, rank }
            }
        })
    }

    /// A tensor of the layer at `path`, as it stands in its file.
    fn tensor(&mut self, path: &str, suffix: &str) -> Result<String, WeightsError> {
        let name = format!("{path}.{suffix}");
        let tensor = self
            .weights
            .get(&name)
            .ok_or_else(|| WeightsError::Missing(name.clone()))?;
        Ok(self.builder.floats(&name, &tensor.shape, &tensor.data))
    }

    /// `value` as `[batch, c]`.
    fn vector(&mut self, name: &str, value: Value) -> String {
        match value.rank {
            Rank::Vector => value.name,
            Rank::Map => self
                .builder
                .node("Flatten", name, &[&value.name], vec![int("axis", 1)]),
        }
    }

    /// A map of one row, `[batch, c, 1, w]`, as `[batch, w, c]`.
    fn frames(&mut self, map: &str) -> String {
        let rows = self.builder.integers("frames.axes", &[2]);
        let row = self
            .builder
            .node("Squeeze", "frames.row", &[map, &rows], Vec::new());
        let order = vec![ints("perm", [0, 2, 1])];
        self.builder.node("Transpose", "frames", &[&row], order)
    }

    /// `value` as `[batch, c, h, w]`.
    fn map(&mut self, path: &str, value: Value) -> String {
        match value.rank {
            Rank::Map => value.name,
            Rank::Vector => {
                let name = format!("{path}.map");
                let shape = self
                    .builder
                    .integers(&format!("{name}.shape"), &[0, -1, 1, 1]);
                self.builder
                    .node("Reshape", &name, &[&value.name, &shape], Vec::new())
            }
        }
    }

    /// The convolution whose tensors are `{path}.{prefix}weight` and, where
    /// the file has one, `{path}.{prefix}bias`.
    #[allow(clippy::too_many_arguments)] // what a convolution is made of
    fn conv(
        &mut self,
        path: &str,
        prefix: &str,
        conv: &Conv,
        window: &Window,
        input: Shape,
        x: &str,
        name: &str,
    ) -> Result<String, WeightsError> {
        let mut inputs = vec![x.to_owned(), self.tensor(path, &format!("{prefix}weight"))?];
        let bias = format!("{prefix}bias");
        if self.weights.get(&format!("{path}.{bias}")).is_some() {
            inputs.push(self.tensor(path, &bias)?);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let mut attributes = window_attributes(window, conv.padding, input);
        attributes.push(int("group", conv.groups as i64));
        Ok(self.builder.node("Conv", name, &inputs, attributes))
    }

    fn pool(&mut self, pool: &Pool, step: &Step<'_>, x: &str) -> String {
        let window = step.window();
        let operator = match pool.mode {
            PoolMode::Max => "MaxPool",
            PoolMode::Average => "AveragePool",
        };
        let attributes = window_attributes(&window, pool.padding, step.input);
        self.builder.node(operator, &step.path, &[x], attributes)
    }

    /// `x / (k + α/size · Σ x²)^β`; the sum over neighbouring channels is a 1×1
    /// convolution with a band of ones.
    fn lrn(&mut self, lrn: &Lrn, step: &Step<'_>, x: &str) -> String {
        let path = &step.path;
        let channels = step.input.channels;
        let behind = lrn.size / 2;
        let mut band = vec![0.0; channels * channels];
        for (channel, row) in band.chunks_exact_mut(channels).enumerate() {
            let first = channel.saturating_sub(behind);
            let end = (channel + lrn.size - behind).min(channels);
            row[first..end].fill(lrn.alpha / lrn.size as f32);
        }
        let name = |part: &str| format!("{path}.{part}");
        let band = self
            .builder
            .floats(&name("band"), &[channels, channels, 1, 1], &band);
        let k = self.builder.floats(&name("k"), &[1], &[lrn.k]);
        let beta = self.builder.floats(&name("beta"), &[1], &[lrn.beta]);
        let mut node = |operator: &str, part: &str, inputs: &[&str], attributes| {
            self.builder.node(operator, &name(part), inputs, attributes)
        };
        let square = node("Mul", "square", &[x, x], Vec::new());
        // The window of a layer without one is a single position.
        let single = window_attributes(&step.window(), Padding::Valid, step.input);
        let sum = node("Conv", "sum", &[&square, &band], single);
        let base = node("Add", "base", &[&sum, &k], Vec::new());
        let power = node("Pow", "power", &[&base, &beta], Vec::new());
        self.builder.node("Div", path, &[x, &power], Vec::new())
    }

    /// The map is read at the moved places into a map that is larger by the
    /// kernel, a patch a position; the kernel goes over that in steps of its
    /// own size.
    fn deformable(
        &mut self,
        conv: &Conv,
        step: &Step<'_>,
        x: &str,
    ) -> Result<String, WeightsError> {
        let path = &step.path;
        let window = step.window();
        let name = |part: &str| format!("{path}.{part}");
        let [kh, kw] = conv.kernel;
        let [h, w] = window.output;
        let offsets = self.conv(
            path,
            "offset.",
            conv,
            &window,
            step.input,
            x,
            &name("offset"),
        )?;

        // [n, kh · kw · 2, h, w] → [n, h · kh, w · kw, 2], rows before columns
        let split = self.builder.integers(
            &name("offset.split"),
            &[0, kh as i64, kw as i64, 2, h as i64, w as i64],
        );
        let offsets = self.builder.node(
            "Reshape",
            &name("offset.taps"),
            &[&offsets, &split],
            Vec::new(),
        );
        let offsets = self.builder.node(
            "Transpose",
            &name("offset.transposed"),
            &[&offsets],
            vec![ints("perm", [0, 4, 1, 5, 2, 3])],
        );
        let joined = self.builder.integers(
            &name("offset.joined"),
            &[0, (h * kh) as i64, (w * kw) as i64, 2],
        );
        let offsets = self.builder.node(
            "Reshape",
            &name("offset.map"),
            &[&offsets, &joined],
            Vec::new(),
        );
        // The grid has columns before rows, from −1 to 1 between the centres of
        // the outermost pixels.
        let order = self.builder.integers(&name("grid.order"), &[1, 0]);
        let offsets = self.builder.node(
            "Gather",
            &name("grid.offsets"),
            &[&offsets, &order],
            vec![int("axis", 3)],
        );
        let extent = [step.input.height, step.input.width];
        // A map of one pixel has no scale; any will do that keeps its place.
        let scale = extent.map(|extent| 2.0 / (extent.max(2) - 1) as f32);
        let mut still = Vec::with_capacity(h * kh * w * kw * 2);
        for row in 0..h * kh {
            for column in 0..w * kw {
                let place = |axis: usize, at: usize| {
                    let kernel = conv.kernel[axis];
                    let place = (at / kernel * window.stride[axis] + at % kernel) as f32;
                    (place - window.before[axis] as f32) * scale[axis] - 1.0
                };
                still.extend([place(1, column), place(0, row)]);
            }
        }
        let scale = self
            .builder
            .floats(&name("grid.scale"), &[2], &[scale[1], scale[0]]);
        let still = self
            .builder
            .floats(&name("grid.still"), &[1, h * kh, w * kw, 2], &still);
        let moved = self
            .builder
            .node("Mul", &name("grid.scaled"), &[&offsets, &scale], Vec::new());
        let grid = self
            .builder
            .node("Add", &name("grid"), &[&still, &moved], Vec::new());
        let sampled = self.builder.node(
            "GridSample",
            &name("sampled"),
            &[x, &grid],
            vec![
                string("mode", "bilinear"),
                string("padding_mode", "zeros"),
                int("align_corners", 1),
            ],
        );
        let patches = Window {
            kernel: conv.kernel,
            stride: conv.kernel,
            dilation: [1, 1],
            before: [0, 0],
            output: window.output,
        };
        let input = Shape::new(h * kh, w * kw, step.input.channels);
        let conv = Conv {
            padding: Padding::Valid,
            ..conv.clone()
        };
        self.conv(path, "", &conv, &patches, input, &sampled, path)
    }
}

/// Kernel, stride and padding; that after the map is what the last window
/// needs.
fn window_attributes(window: &Window, padding: Padding, input: Shape) -> Vec<Attribute> {
    let extent = [input.height, input.width];
    let after = [0, 1].map(|axis| {
        // Of a dynamic width the last window may need more than of the one at hand.
        if let Padding::Explicit(pad) = padding {
            return pad[axis];
        }
        let span = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
        let touched = (window.output[axis] - 1) * window.stride[axis] + span;
        touched.saturating_sub(extent[axis] + window.before[axis])
    });
    let mut attributes = vec![
        ints("kernel_shape", window.kernel),
        ints("strides", window.stride),
        ints("pads", [window.before, after].concat()),
    ];
    if window.dilation != [1, 1] {
        attributes.push(ints("dilations", window.dilation));
    }
    attributes
}
