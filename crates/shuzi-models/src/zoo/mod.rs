//! The networks that the paper names, one a file, and those between AlexNet
//! and the paper's own.

mod ablation;
mod alexnet;
mod fusion;
mod improved_alexnet;
mod lenet5;
mod lenet5_improved;
mod line;
mod mlp;
mod vgg16_deformable;

pub use ablation::{ABLATION, AblationStep};
pub use alexnet::alexnet;
pub use fusion::fusion;
pub use improved_alexnet::{improved_alexnet, pairs, reader};
pub use lenet5::lenet5;
pub use lenet5_improved::lenet5_improved;
pub use line::{LINE_HEIGHT, LINE_STRIDE, line};
pub use mlp::mlp;
pub use vgg16_deformable::vgg16_deformable;

use shuzi_nn::{
    Architecture, Layer, LayerKind, Shape,
    architecture::{Activation, BatchNorm, Conv, Linear},
};

/// One MNIST image.
const INPUT: Shape = Shape::new(28, 28, 1);

/// The ten digits.
const CLASSES: usize = 10;

/// A network's name and how it is made.
type Entry = (&'static str, fn() -> Architecture);

const ENTRIES: [Entry; 9] = [
    ("lenet5", lenet5),
    ("alexnet", alexnet),
    ("improved-alexnet", improved_alexnet),
    ("lenet5-improved", lenet5_improved),
    ("fusion", fusion),
    ("vgg16-deformable", vgg16_deformable),
    ("mlp", mlp),
    ("reader", reader),
    ("pairs", pairs),
];

/// Names of the paper's networks; those of [`ABLATION`] are known too.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|(name, _)| *name)
}

/// The network called `name`, one of [`names`] or of [`ABLATION`].
pub fn architecture(name: &str) -> Option<Architecture> {
    if let Some((_, make)) = ENTRIES.iter().find(|(entry, _)| *entry == name) {
        return Some(make());
    }
    let step = ABLATION.iter().find(|step| step.name == name)?;
    Some(step.architecture())
}

fn relu(name: &str) -> Layer {
    activation(name, Activation::Relu)
}

fn activation(name: &str, function: Activation) -> Layer {
    Layer::new(name, LayerKind::Activation { function })
}

fn linear(name: &str, out_features: usize) -> Layer {
    Layer::new(name, LayerKind::Linear(Linear { out_features }))
}

/// Convolution and ReLU: `conv{suffix}`, `relu{suffix}`.
fn conv_relu(suffix: &str, conv: Conv) -> [Layer; 2] {
    [
        Layer::new(format!("conv{suffix}"), LayerKind::Conv(conv)),
        relu(&format!("relu{suffix}")),
    ]
}

/// Convolution, batch normalisation and ReLU: `conv{suffix}`, `bn{suffix}`,
/// `relu{suffix}`.
fn conv_bn_relu(suffix: &str, conv: Conv) -> [Layer; 3] {
    let [conv, norm] = conv_bn(suffix, conv);
    [conv, norm, relu(&format!("relu{suffix}"))]
}

/// Convolution and batch normalisation; the bias would be subtracted again.
fn conv_bn(suffix: &str, conv: Conv) -> [Layer; 2] {
    [
        Layer::new(
            format!("conv{suffix}"),
            LayerKind::Conv(conv.without_bias()),
        ),
        Layer::new(
            format!("bn{suffix}"),
            LayerKind::BatchNorm(BatchNorm::default()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Outputs of the layers outside containers whose names are given.
    fn outputs(architecture: &Architecture, names: &[&str]) -> Vec<Shape> {
        let steps = architecture.steps().unwrap();
        let find = |name: &&str| {
            steps
                .iter()
                .find(|step| step.path == **name)
                .unwrap()
                .output
        };
        names.iter().map(find).collect()
    }

    #[test]
    fn parameters_and_multiply_adds() {
        let expected = [
            ("lenet5", 61_706, 416_520),
            ("alexnet", 21_589_706, 77_223_936),
            ("improved-alexnet", 786_346, 47_608_320),
            ("lenet5-improved", 205_806, 9_718_440),
            ("fusion", 601_850, 18_478_336),
            ("vgg16-deformable", 4_112_206, 70_469_888),
            ("mlp", 266_610, 266_200),
            ("reader", 787_371, 47_609_344),
            ("pairs", 1_403_909, 48_225_792),
        ];
        for (name, parameters, multiply_adds) in expected {
            let summary = architecture(name).unwrap().summary().unwrap();
            assert_eq!(summary.parameters, parameters, "{name}");
            assert_eq!(summary.multiply_adds, multiply_adds, "{name}");
        }
        assert_eq!(names().count(), expected.len());
    }

    #[test]
    fn improved_alexnet_has_the_shapes_of_table_1() {
        let names = [
            "conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "mixed", "pool3",
            "conv3", "pool4", "fc1", "fc2",
        ];
        let expected = [
            Shape::new(28, 28, 32),
            Shape::new(28, 28, 32),
            Shape::new(14, 14, 32),
            Shape::new(14, 14, 128),
            Shape::new(14, 14, 128),
            Shape::new(7, 7, 128),
            Shape::new(7, 7, 128),
            Shape::new(3, 3, 128),
            Shape::new(3, 3, 256),
            Shape::new(1, 1, 256),
            Shape::vector(1024),
            Shape::vector(10),
        ];
        assert_eq!(outputs(&improved_alexnet(), &names), expected);
    }

    #[test]
    fn alexnet_works_on_3x3_maps_from_its_third_convolution() {
        let names = [
            "conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5",
        ];
        let expected = [
            Shape::new(24, 24, 96),
            Shape::new(11, 11, 96),
            Shape::new(7, 7, 256),
            Shape::new(3, 3, 256),
            Shape::new(3, 3, 384),
            Shape::new(3, 3, 384),
            Shape::new(3, 3, 256),
            Shape::new(1, 1, 256),
        ];
        assert_eq!(outputs(&alexnet(), &names), expected);
    }

    #[test]
    fn architectures_survive_json() {
        for name in names() {
            let before = architecture(name).unwrap();
            assert_eq!(before.name, name);
            let json = serde_json::to_string(&before).unwrap();
            let after: Architecture = serde_json::from_str(&json).unwrap();
            assert_eq!(after, before);
        }
    }
}
