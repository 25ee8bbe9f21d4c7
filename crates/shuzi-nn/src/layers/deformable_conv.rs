//! Deformable convolution (Dai et al. 2017): a convolution says, for every
//! position and tap, where another reads the map.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    Definition, Fusion, InferContext, Inner, Site, Step,
    conv::{Conv, MatrixLayer, MatrixOperation},
    linear::LinearLayer,
};
use crate::{
    Shape, Window,
    buffer::Buffer,
    columns::Place,
    kernels::{
        conv::ConvPlan,
        deformable::DeformablePlan,
        elementwise::add_scaled,
        matmul::{pack, packed_len},
        winograd::Spread,
    },
    onnx::{Exporter, Value, int, ints, string, window_attributes},
    pass::{Bias, BuildContext, Pass, Room, Sequence, TrainLayer},
    program::{Folded, Inference, Operation, rows},
    spec::{ArchitectureError, Flow, Layout, Padding, ParameterSpec, Role, Sliding, value},
    weights::WeightsError,
};

/// See [`LayerKind::DeformableConv`](super::LayerKind::DeformableConv).
#[derive(Debug)]
pub(super) struct DeformableConv(pub(super) Conv);

impl Definition for DeformableConv {
    fn name(&self) -> &'static str {
        "deformable conv"
    }

    fn sliding(&self) -> Option<Sliding> {
        Some(self.0.slides())
    }

    fn output(&self, path: &str, input: &Flow, _: &[Flow]) -> Result<Flow, ArchitectureError> {
        let Conv {
            groups, dilation, ..
        } = self.0;
        if groups != 1 {
            return Err(value(path, "groups", "1", groups));
        }
        if dilation != [1, 1] {
            return Err(value(path, "dilation", "1", format!("{dilation:?}")));
        }
        self.0.made(path, input)
    }

    fn parameters(&self, step: &Step) -> Vec<ParameterSpec> {
        let [h, w] = self.0.kernel;
        let (o, i) = (2 * h * w, step.input.channels);
        let layout = Layout::Kernel { o, i, h, w };
        let shape = vec![o, i, h, w];
        let mut specs = vec![
            step.tensor("offset.weight", Role::OffsetWeight, shape, layout),
            step.vector("offset.bias", Role::Bias, o),
        ];
        specs.extend(self.0.tensors(step));
        specs
    }

    fn multiply_adds(&self, step: &Step) -> usize {
        let taps = self.0.kernel[0] * self.0.kernel[1];
        let outputs = self.0.out_channels + 2 * taps; // the offsets' too
        let inputs = step.output.positions() * step.input.channels;
        inputs.saturating_mul(taps.saturating_mul(outputs))
    }

    fn fusion(&self) -> Fusion {
        Fusion::Convolution
    }

    fn train(
        &self,
        site: &Site<'_>,
        _: Vec<Sequence>,
        context: &BuildContext<'_>,
    ) -> Option<Box<dyn TrainLayer>> {
        let (step, max_batch) = (site.step, context.max_batch);
        let (input, window) = (step.input, step.window());
        let place = |suffix| context.parameters.of(&step.path, suffix);
        let plan = DeformablePlan { input, window };
        let offsets = Place {
            shape: offsets_shape(&plan),
            level: site.output.level,
        };
        let bias = Bias::new(place("offset.bias"), max_batch);
        let weight = place("offset.weight");
        let offset = MatrixLayer::new(input, offsets, &window, 1, weight, bias, max_batch);
        Some(Box::new(DeformableLayer::new(
            plan,
            step.output,
            offset,
            place("weight"),
            place("bias"),
            max_batch,
        )))
    }

    fn infer(&self, site: &Site<'_>, context: &mut InferContext<'_>, folded: Folded) -> Inference {
        let step = site.step;
        let (input, outputs, window) = (step.input, self.0.out_channels, step.window());
        let tensor = |suffix| context.parameters.tensor(&step.path, suffix);
        let (weights, bias) = folded.kernel(tensor("weight"), tensor("bias"), outputs);
        let plan = DeformablePlan { input, window };
        let offset = ConvPlan::forward(input, 2 * plan.taps(), &window, 1);
        let offset_path = format!("{}.offset", step.path);
        let inputs = plan.taps() * input.channels;
        let mut packed = Buffer::zeros(packed_len(inputs, outputs));
        pack(&weights, outputs, inputs, outputs, &mut packed);
        Inference::work(DeformableOperation {
            offset: MatrixOperation {
                packed: context
                    .packed
                    .conv(&offset_path, &offset, tensor("offset.weight")),
                plan: offset,
                input,
                bias: tensor("offset.bias").to_vec(),
                relu: false,
            },
            plan,
            packed,
            bias,
            relu: folded.relu,
        })
    }

    /// The map is read at the moved places into a map that is larger by the
    /// kernel, a patch a position; the kernel goes over that in steps of its
    /// own size.
    fn onnx(
        &self,
        step: &Step,
        x: Value,
        exporter: &mut Exporter<'_>,
        _: &mut Inner<'_>,
    ) -> Result<Value, WeightsError> {
        let (conv, path) = (&self.0, step.path.as_str());
        let x = &*exporter.map(path, x);
        let window = step.window();
        let name = |part: &str| format!("{path}.{part}");
        let [kh, kw] = conv.kernel;
        let [h, w] = window.output;
        let attributes = window_attributes(&window, conv.padding, step.input);
        let offset = name("offset");
        let offsets = exporter.convolution([path, "offset.", &offset], attributes, 1, x)?;

        // [n, kh · kw · 2, h, w] → [n, h · kh, w · kw, 2], rows before columns
        let split = exporter.integers(
            &name("offset.split"),
            &[0, kh as i64, kw as i64, 2, h as i64, w as i64],
        );
        let offsets = exporter.node(
            "Reshape",
            &name("offset.taps"),
            &[&offsets, &split],
            Vec::new(),
        );
        let offsets = exporter.node(
            "Transpose",
            &name("offset.transposed"),
            &[&offsets],
            vec![ints("perm", [0, 4, 1, 5, 2, 3])],
        );
        let joined = exporter.integers(
            &name("offset.joined"),
            &[0, (h * kh) as i64, (w * kw) as i64, 2],
        );
        let offsets = exporter.node(
            "Reshape",
            &name("offset.map"),
            &[&offsets, &joined],
            Vec::new(),
        );
        // The grid has columns before rows, from −1 to 1 between the centres of
        // the outermost pixels.
        let order = exporter.integers(&name("grid.order"), &[1, 0]);
        let offsets = exporter.node(
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
        let scale = exporter.floats(&name("grid.scale"), &[2], &[scale[1], scale[0]]);
        let still = exporter.floats(&name("grid.still"), &[1, h * kh, w * kw, 2], &still);
        let moved = exporter.node("Mul", &name("grid.scaled"), &[&offsets, &scale], Vec::new());
        let grid = exporter.node("Add", &name("grid"), &[&still, &moved], Vec::new());
        let sampled = exporter.node(
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
        let attributes = window_attributes(&patches, Padding::Valid, input);
        let name = exporter.convolution([path, "", path], attributes, 1, &sampled)?;
        Ok(Value::map(name))
    }
}

/// The map of the offsets.
fn offsets_shape(plan: &DeformablePlan) -> Shape {
    let [height, width] = plan.window.output;
    Shape::new(height, width, 2 * plan.taps())
}

#[derive(Debug)]
struct DeformableOperation {
    plan: DeformablePlan,
    /// The convolution that says where to read.
    offset: MatrixOperation,
    packed: Buffer,
    bias: Vec<f32>,
    relu: bool,
}

impl Operation for DeformableOperation {
    fn scratch_len(&self) -> [usize; 2] {
        let plan = &self.plan;
        let [first, _] = self.offset.scratch_len();
        [first, plan.offsets_len() + plan.columns_len()]
    }

    fn run(
        &self,
        n: usize,
        x: &[f32],
        y: &mut [f32],
        spread: Spread,
        [first, second]: &mut [Buffer; 2],
    ) {
        let Self {
            plan,
            offset,
            packed,
            bias,
            relu,
        } = self;
        let len = y.len() / n;
        let images = x.chunks_exact(plan.input.len());
        for (x, y) in images.zip(y.chunks_exact_mut(len)) {
            let (offsets, columns) = second.split_at_mut(plan.offsets_len());
            let mut padded = [std::mem::take(first), Buffer::default()];
            offset.run(1, x, offsets, spread, &mut padded);
            [*first, _] = padded;
            let columns = &mut columns[..plan.columns_len()];
            plan.sample(x, offsets, columns);
            rows(columns, packed, bias, *relu, y);
        }
    }
}

struct DeformableLayer {
    plan: DeformablePlan,
    output: Shape,
    offset: MatrixLayer,
    /// The kernel as a matrix over the columns; a row a position.
    kernel: LinearLayer,
    offsets: Buffer,
    columns: Buffer,
    d_offsets: Buffer,
    d_columns: Buffer,
    /// Gradient of the input by way of the offsets.
    further: Buffer,
}

impl DeformableLayer {
    /// `offset` convolves the same input to `[h, w, taps · 2]`.
    fn new(
        plan: DeformablePlan,
        output: Shape,
        offset: MatrixLayer,
        weight: Range<usize>,
        bias: Range<usize>,
        max_batch: usize,
    ) -> Self {
        let buffer = |len: usize| Buffer::zeros(max_batch * len);
        Self {
            output,
            offset,
            kernel: LinearLayer::new(
                plan.taps() * plan.input.channels,
                output.channels,
                weight,
                bias,
                max_batch * output.positions(),
            ),
            offsets: buffer(plan.offsets_len()),
            columns: buffer(plan.columns_len()),
            d_offsets: buffer(plan.offsets_len()),
            d_columns: buffer(plan.columns_len()),
            further: buffer(plan.input.len()),
            plan,
        }
    }
}

impl TrainLayer for DeformableLayer {
    fn output_len(&self) -> usize {
        self.output.len()
    }

    fn room(&self) -> Room {
        Room::for_any([&self.offset as &dyn TrainLayer, &self.kernel])
    }

    fn forward(&mut self, pass: &mut Pass<'_>, x: &[f32], y: &mut [f32]) {
        let plan = self.plan;
        let offsets = &mut self.offsets[..pass.n * plan.offsets_len()];
        self.offset.forward(pass, x, offsets);
        let columns = &mut self.columns[..pass.n * plan.columns_len()];
        columns
            .par_chunks_mut(plan.columns_len())
            .zip(x.par_chunks(plan.input.len()))
            .zip(offsets.par_chunks(plan.offsets_len()))
            .for_each(|((columns, x), offsets)| plan.sample(x, offsets, columns));
        let rows = pass.n * self.output.positions();
        self.kernel.forward(&mut pass.of(rows), columns, y);
    }

    fn backward(
        &mut self,
        pass: &mut Pass<'_>,
        x: &[f32],
        y: &[f32],
        dy: &mut [f32],
        dx: Option<&mut [f32]>,
    ) {
        let (plan, n) = (self.plan, pass.n);
        let columns = &self.columns[..n * plan.columns_len()];
        let d_columns = &mut self.d_columns[..n * plan.columns_len()];
        let rows = n * self.output.positions();
        self.kernel
            .backward(&mut pass.of(rows), columns, y, dy, Some(d_columns));

        let offsets = &self.offsets[..n * plan.offsets_len()];
        let d_offsets = &mut self.d_offsets[..n * plan.offsets_len()];
        let images = d_offsets
            .par_chunks_mut(plan.offsets_len())
            .zip(offsets.par_chunks(plan.offsets_len()))
            .zip(d_columns.par_chunks(plan.columns_len()))
            .zip(x.par_chunks(plan.input.len()));
        let Some(dx) = dx else {
            images.for_each(|(((d_offsets, offsets), d_columns), x)| {
                plan.gradient(x, offsets, d_columns, d_offsets, None);
            });
            return self.offset.backward(pass, x, offsets, d_offsets, None);
        };
        images.zip(dx.par_chunks_mut(plan.input.len())).for_each(
            |((((d_offsets, offsets), d_columns), x), dx)| {
                dx.fill(0.0);
                plan.gradient(x, offsets, d_columns, d_offsets, Some(dx));
            },
        );
        let further = &mut self.further[..dx.len()];
        self.offset
            .backward(pass, x, offsets, d_offsets, Some(further));
        add_scaled(1.0, further, dx);
    }
}
