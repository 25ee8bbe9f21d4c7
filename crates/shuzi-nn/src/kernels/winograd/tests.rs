use proptest::prelude::*;

use super::*;
use crate::kernels::reference::{assert_close, conv_terms, random};

#[derive(Debug)]
struct Case {
    images: usize,
    input: Shape,
    out: usize,
    window: Window,
}

impl Case {
    fn plan(&self) -> WinogradPlan {
        WinogradPlan::new(self.input, self.out, &self.window, 1).unwrap()
    }

    fn taps(&self) -> usize {
        self.window.kernel.iter().product()
    }

    fn terms(&self, visit: impl FnMut(usize, usize, usize)) {
        conv_terms(self.images, self.input, &self.window, self.out, 1, visit);
    }
}

/// Maps from 3×3 to 15×15, padded or not, under a kernel of 3×3 or 5×5, half of them
/// square, so that their last tiles are small; one to three panels of channels.
fn cases() -> impl Strategy<Value = Case> {
    let channels = || (1usize..4).prop_map(|panels| panels * PANEL);
    (
        1usize..5,
        3usize..16,
        3usize..16,
        0usize..3,
        0usize..3,
        (channels(), channels()),
        any::<bool>(),
        prop_oneof![Just(3usize), Just(5)],
    )
        .prop_map(|(images, h, w, top, left, (channels, out), square, taps)| {
            let (w, left) = if square { (h, top) } else { (w, left) };
            // The smallest maps have one output at least.
            let least = |before: usize| taps.saturating_sub(2 * before);
            let (h, w) = (h.max(least(top)), w.max(least(left)));
            Case {
                images,
                input: Shape::new(h, w, channels),
                out,
                window: Window {
                    dilation: [1, 1],
                    kernel: [taps, taps],
                    stride: [1, 1],
                    before: [top, left],
                    output: [h + 2 * top + 1 - taps, w + 2 * left + 1 - taps],
                },
            }
        })
}

/// All groups of a batch through the forward pass: output and transformed
/// input.
fn run(case: &Case, x: &[f32], w: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let plan = case.plan();
    let mut weights = vec![f32::NAN; plan.weights_len()];
    plan.transform_kernel(w, &mut weights);
    let groups = case.images.div_ceil(plan.group());
    let mut transformed = vec![f32::NAN; groups * plan.transformed_input_len()];
    let mut scratch = vec![f32::NAN; plan.transformed_output_len()];
    let mut y = vec![f32::NAN; case.images * plan.output.len()];
    let xs = x.chunks(plan.group() * plan.input.len());
    let ys = y.chunks_mut(plan.group() * plan.output.len());
    for ((x, y), kept) in xs
        .zip(ys)
        .zip(transformed.chunks_mut(plan.transformed_input_len()))
    {
        plan.transform_input(x, Spread::Alone, kept);
        plan.forward(kept, kernel(&weights, Epilogue::Store), &mut scratch, y);
    }
    (y, transformed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn forward_equals_naive(case in cases()) {
        let x = random(1, case.images * case.input.len());
        let w = random(2, case.taps() * case.input.channels * case.out);
        let mut expected = vec![0.0; case.images * case.plan().output.len()];
        case.terms(|i, k, o| expected[o] += x[i] * w[k]);
        let (y, _) = run(&case, &x, &w);
        assert_close(&y, &expected, 3e-5);
    }

    #[test]
    fn all_workers_make_the_same_bits_as_one(case in cases()) {
        let case = Case { images: 1, ..case };
        let plan = case.plan();
        let x = random(1, case.input.len());
        let w = random(2, case.taps() * case.input.channels * case.out);
        let (alone, _) = run(&case, &x, &w);
        let mut weights = vec![f32::NAN; plan.weights_len()];
        plan.transform_kernel(&w, &mut weights);
        let mut transformed = vec![f32::NAN; plan.transformed_input_len()];
        plan.transform_input(&x, Spread::Shared, &mut transformed);
        let shared = Kernel {
            spread: Spread::Shared,
            ..kernel(&weights, Epilogue::Store)
        };
        let mut scratch = vec![f32::NAN; plan.transformed_output_len()];
        let mut y = vec![f32::NAN; alone.len()];
        plan.forward(&transformed, shared, &mut scratch, &mut y);
        prop_assert_eq!(y, alone);
    }

    #[test]
    fn gradients_equal_naive(case in cases()) {
        let plan = case.plan();
        let (from, to) = (case.input.channels, case.out);
        let x = random(1, case.images * case.input.len());
        let w = random(2, case.taps() * from * to);
        let dy = random(3, case.images * plan.output.len());
        let mut expected_dx = vec![0.0; x.len()];
        let mut expected_dw = vec![0.0; w.len()];
        case.terms(|i, k, o| {
            expected_dx[i] += dy[o] * w[k];
            expected_dw[k] += dy[o] * x[i];
        });

        let (_, transformed) = run(&case, &x, &w);
        let mut transposed = vec![f32::NAN; plan.weights_len()];
        plan.transpose_kernel(&w, &mut transposed);
        let groups = case.images.div_ceil(plan.group());
        let mut gradients = vec![f32::NAN; groups * plan.transformed_output_len()];
        let mut scratch = vec![f32::NAN; plan.transformed_input_len()];
        let mut dx = vec![f32::NAN; x.len()];
        let dys = dy.chunks(plan.group() * plan.output.len());
        let dxs = dx.chunks_mut(plan.group() * plan.input.len());
        for ((dy, dx), gradient) in dys.zip(dxs).zip(gradients.chunks_mut(plan.transformed_output_len())) {
            plan.transform_gradient(dy, gradient);
            plan.data_gradient(gradient, &transposed, &plan.gradient_runs(), &mut scratch, dx);
        }
        assert_close(&dx, &expected_dx, 3e-5);

        let mut points = vec![0.0; plan.points() * from * to];
        for (point, sums) in points.chunks_mut(from * to).enumerate() {
            plan.add_point_gradient(point, case.images, &transformed, &gradients, sums);
        }
        let mut dw = vec![f32::NAN; w.len()];
        plan.kernel_gradient(&points, &mut dw);
        assert_close(&dw, &expected_dw, 3e-5);
    }
}

fn kernel<'a>(weights: &'a [f32], epilogue: Epilogue<'a>) -> Kernel<'a> {
    Kernel {
        weights,
        epilogue,
        spread: Spread::Alone,
    }
}

#[test]
fn bias_and_relu_are_applied() {
    let case = Case {
        images: 1,
        input: Shape::new(5, 5, 16),
        out: 16,
        window: Window {
            dilation: [1, 1],
            kernel: [3, 3],
            stride: [1, 1],
            before: [1, 1],
            output: [5, 5],
        },
    };
    let plan = case.plan();
    let x = random(1, case.input.len());
    let w = random(2, 9 * 16 * 16);
    let bias = random(3, 16);
    let (plain, transformed) = run(&case, &x, &w);
    let mut weights = vec![f32::NAN; plan.weights_len()];
    plan.transform_kernel(&w, &mut weights);
    let mut scratch = vec![f32::NAN; plan.transformed_output_len()];
    let mut y = vec![f32::NAN; plain.len()];
    let epilogue = Epilogue::Bias {
        bias: &bias,
        relu: true,
    };
    plan.forward(
        &transformed,
        kernel(&weights, epilogue),
        &mut scratch,
        &mut y,
    );
    let expected: Vec<f32> = plain
        .iter()
        .enumerate()
        .map(|(i, v)| (v + bias[i % 16]).max(0.0))
        .collect();
    assert_close(&y, &expected, 1e-6);
}

#[test]
fn the_scalar_path_transforms_alike() {
    for (side, taps) in [(3, 3), (7, 3), (14, 3), (28, 3), (6, 5)] {
        let case = Case {
            images: 2,
            input: Shape::new(side, side, PANEL),
            out: PANEL,
            window: Window {
                dilation: [1, 1],
                kernel: [taps, taps],
                stride: [1, 1],
                before: [taps / 2, taps / 2],
                output: [side, side],
            },
        };
        let plan = case.plan();
        let images = plan.group().min(case.images);
        let x = random(1, images * case.input.len());
        let mut points = [0, 1].map(|_| vec![0.0; plan.transformed_input_len()]);
        let [fast, scalar] = &mut points;
        plan.transform_input(&x, Spread::Alone, fast);
        pulp::Scalar::new().vectorize(TransformInput {
            plan: &plan,
            x: &x,
            first: 0,
            parts: plan.parts(Spread::Alone),
            points: scalar,
        });
        assert_close(scalar, fast, 1e-5);

        let sums = random(2, plan.transformed_output_len());
        let mut maps = [0, 1].map(|_| vec![f32::NAN; images * plan.output.len()]);
        let transform = |y| TransformOutput {
            plan: &plan,
            points: &sums,
            epilogue: Epilogue::Store,
            rows: 0..side,
            y,
        };
        let [fast, scalar] = &mut maps;
        arch().dispatch(transform(fast));
        pulp::Scalar::new().vectorize(transform(scalar));
        assert_close(scalar, fast, 1e-5);
    }
}
