//! From AlexNet to the improved network, one change at a time.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Conv, Lrn, Padding, Pool},
};

use super::{
    CLASSES, INPUT, alexnet, conv_bn_relu, conv_relu,
    improved_alexnet::{improved_alexnet, mixed},
    linear, relu,
};

/// A step on the way; each keeps the changes of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    TwoThrees,
    SmallPools,
    BatchNorm,
    Mixed,
    FewerKernels,
    OneLinearLess,
    SamePadding,
}

/// One network of the ablation.
#[derive(Clone, Copy, Debug)]
pub struct AblationStep {
    /// Name of the network.
    pub name: &'static str,
    /// What was changed against the step before.
    pub change: &'static str,
    make: fn() -> Architecture,
}

impl AblationStep {
    /// The network.
    pub fn architecture(&self) -> Architecture {
        (self.make)()
    }
}

/// The networks from AlexNet to the paper's own, in order.
pub const ABLATION: [AblationStep; 8] = [
    AblationStep {
        name: "alexnet",
        change: "AlexNet for 28×28",
        make: alexnet,
    },
    AblationStep {
        name: "ablation-two-3x3",
        change: "two 3×3 convolutions for each 5×5",
        make: || network("ablation-two-3x3", Change::TwoThrees),
    },
    AblationStep {
        name: "ablation-pool-2x2",
        change: "2×2 pooling for the first two, overlapping 3×3 ones",
        make: || network("ablation-pool-2x2", Change::SmallPools),
    },
    AblationStep {
        name: "ablation-batch-norm",
        change: "batch normalisation after every convolution, for LRN",
        make: || network("ablation-batch-norm", Change::BatchNorm),
    },
    AblationStep {
        name: "ablation-mixed",
        change: "Mixed for Conv3 and Conv4",
        make: || network("ablation-mixed", Change::Mixed),
    },
    AblationStep {
        name: "ablation-fewer-kernels",
        change: "32 and 128 kernels for 96 and 256",
        make: || network("ablation-fewer-kernels", Change::FewerKernels),
    },
    AblationStep {
        name: "ablation-one-fc-less",
        change: "one hidden fully connected layer of 1,024 for two of 4,096",
        make: || network("ablation-one-fc-less", Change::OneLinearLess),
    },
    AblationStep {
        name: "improved-alexnet",
        change: "`same` padding, which makes room for MaxPool3: the paper's network",
        make: improved_alexnet,
    },
];

/// AlexNet with all changes up to `last`.
fn network(name: &str, last: Change) -> Architecture {
    let has = |change| last >= change;
    let padding = if has(Change::SamePadding) {
        Padding::Same
    } else {
        Padding::Valid
    };
    let block = |suffix: &str, conv: Conv| {
        if has(Change::BatchNorm) {
            conv_bn_relu(suffix, conv).to_vec()
        } else {
            conv_relu(suffix, conv).to_vec()
        }
    };
    let [first, second] = if has(Change::FewerKernels) {
        [32, 128]
    } else {
        [96, 256]
    };
    let mut layers = Vec::new();
    for (stage, channels) in (1..).zip([first, second]) {
        for half in 1..=2 {
            let conv = Conv::new(channels, [3, 3]).padding(padding);
            layers.extend(block(&format!("{stage}_{half}"), conv));
        }
        if !has(Change::BatchNorm) {
            let lrn = LayerKind::Lrn(Lrn::default());
            layers.push(Layer::new(format!("lrn{stage}"), lrn));
        }
        let pool = if has(Change::SmallPools) { 2 } else { 3 };
        layers.push(max_pool(&format!("pool{stage}"), pool));
    }
    let same = |out| Conv::new(out, [3, 3]).padding(Padding::Same);
    if has(Change::Mixed) {
        layers.push(mixed(second / 4, second));
        layers.push(relu("relu_mixed"));
        if has(Change::SamePadding) {
            layers.push(max_pool("pool3", 3));
        }
        layers.extend(block("3", same(256)));
        layers.push(max_pool("pool4", 3));
    } else {
        for (suffix, channels) in [("3", 384), ("4", 384), ("5", 256)] {
            layers.extend(block(suffix, same(channels)));
        }
        layers.push(max_pool("pool5", 3));
    }
    layers.push(Layer::new("flatten", LayerKind::Flatten));
    let dropout = |name: &str| Layer::new(name, LayerKind::Dropout { rate: 0.5 });
    if has(Change::OneLinearLess) {
        layers.extend([
            linear("fc1", 1024),
            relu("relu_fc1"),
            dropout("dropout"),
            linear("fc2", CLASSES),
        ]);
    } else {
        layers.extend([
            linear("fc1", 4096),
            relu("relu_fc1"),
            dropout("dropout1"),
            linear("fc2", 4096),
            relu("relu_fc2"),
            dropout("dropout2"),
            linear("fc3", CLASSES),
        ]);
    }
    Architecture {
        name: name.into(),
        input: INPUT,
        width: Default::default(),
        layers,
    }
}

fn max_pool(name: &str, kernel: usize) -> Layer {
    Layer::new(name, LayerKind::Pool(Pool::max(kernel, 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_change_ends_in_the_papers_network() {
        let paper = improved_alexnet();
        assert_eq!(network(&paper.name, Change::SamePadding), paper);
    }

    #[test]
    fn every_step_is_sound_and_differs_from_the_one_before() {
        let mut before = None;
        for step in ABLATION {
            let architecture = step.architecture();
            assert_eq!(architecture.name, step.name);
            let summary = architecture.summary().unwrap();
            let cost = (summary.parameters, summary.multiply_adds);
            assert_ne!(before.replace(cost), Some(cost), "{}", step.name);
        }
    }

    #[test]
    fn two_threes_cover_what_a_five_covers() {
        let output = |architecture: &Architecture, name: &str| {
            let steps = architecture.steps().unwrap();
            let step = steps.iter().find(|step| step.path == name).unwrap();
            step.output
        };
        let (five, threes) = (alexnet(), network("", Change::TwoThrees));
        for pool in ["pool1", "pool2", "pool5"] {
            assert_eq!(output(&five, pool), output(&threes, pool), "{pool}");
        }
    }
}
