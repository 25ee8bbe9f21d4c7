//! Convolution in inference.

use std::sync::Arc;

use crate::{
    Shape,
    buffer::Buffer,
    kernels::{
        conv::ConvPlan,
        matmul::Epilogue,
        winograd::{Kernel, Spread, WinogradPlan},
    },
    program::Operation,
};

/// Any convolution.
#[derive(Debug)]
pub(in crate::layers) struct MatrixOperation {
    pub(in crate::layers) plan: ConvPlan,
    pub(in crate::layers) input: Shape,
    pub(in crate::layers) packed: Arc<Buffer>,
    pub(in crate::layers) bias: Vec<f32>,
    pub(in crate::layers) relu: bool,
}

impl Operation for MatrixOperation {
    fn scratch_len(&self) -> [usize; 2] {
        [self.plan.padded_len(), 0]
    }

    fn run(&self, n: usize, x: &[f32], y: &mut [f32], _: Spread, [scratch, _]: &mut [Buffer; 2]) {
        let Self {
            plan,
            input,
            packed,
            bias,
            relu,
        } = self;
        let epilogue = Epilogue::Bias { bias, relu: *relu };
        let len = y.len() / n;
        for (x, y) in x.chunks_exact(input.len()).zip(y.chunks_exact_mut(len)) {
            match plan.padded_len() {
                0 => plan.run(x, packed, epilogue, y),
                len => {
                    let padded = &mut scratch[..len];
                    plan.pad(x, padded);
                    plan.run(padded, packed, epilogue, y);
                }
            }
        }
    }
}

/// One for which Winograd's way is open.
#[derive(Debug)]
pub(super) struct WinogradOperation {
    pub(super) plan: WinogradPlan,
    pub(super) input: Shape,
    pub(super) weights: Arc<Buffer>,
    pub(super) bias: Vec<f32>,
    pub(super) relu: bool,
}

impl Operation for WinogradOperation {
    fn scratch_len(&self) -> [usize; 2] {
        let plan = &self.plan;
        [plan.transformed_input_len(), plan.transformed_output_len()]
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
            input,
            weights,
            bias,
            relu,
        } = self;
        let kernel = Kernel {
            weights,
            epilogue: Epilogue::Bias { bias, relu: *relu },
            spread,
        };
        let len = y.len() / n;
        let groups = x.chunks(plan.group() * input.len());
        for (x, y) in groups.zip(y.chunks_mut(plan.group() * len)) {
            plan.transform_input(x, spread, first);
            plan.forward(first, kernel, second, y);
        }
    }
}
