//! ONNX files, run by a runtime that is not ours.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rten_tensor::{AsView, Layout, NdTensor};
use shuzi_models::{ABLATION, LINE_HEIGHT, Model, ModelConfig, architecture, line, names};
use shuzi_nn::{
    Architecture, ClassifierConfig, Initialisation, Kernels, Layer, LayerKind, Lines, Network,
    NetworkConfig, Recognizer, Shape, Threads, Weights,
    architecture::{Activation, BatchNorm, Conv, LayerNorm, Linear, Lrn, Padding, Pool},
};

const IMAGES: usize = 3;

/// `architecture` with start weights, every tensor moved a little, so that no
/// offset is 0 and no variance 1.
fn model(architecture: Architecture) -> Model {
    let config = NetworkConfig {
        max_batch: 1,
        seed: 1,
        initialisation: Initialisation::Xavier,
        kernels: Kernels::Fast,
        threads: Threads::single(),
    };
    let start = Network::new(&architecture, config).unwrap().weights();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut weights = Weights::new();
    for (name, tensor) in start.iter() {
        let small = if name.contains("offset") || tensor.shape.len() == 1 {
            0.2
        } else {
            0.0
        };
        let data = tensor
            .data
            .iter()
            .map(|value| value + small * rng.random_range(0.0..1.0f32))
            .collect();
        weights.insert(name, tensor.shape.clone(), data);
    }
    Model {
        config: ModelConfig::digits(architecture),
        weights,
    }
}

/// Compares the logits of both.
fn check(model: &Model) {
    let Architecture { name, input, .. } = &model.config.architecture;
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let images: Vec<f32> = (0..IMAGES * input.len())
        .map(|_| rng.random_range(0.0..1.0))
        .collect();
    let mut classifier = model.classifier(Threads::single()).unwrap();
    let expected = classifier.logits(&images).unwrap();

    let Shape {
        height,
        width,
        channels,
    } = *input;
    let maps = NdTensor::from_data([IMAGES, height, width, channels], images.clone());
    let maps = maps.permuted([0, 3, 1, 2]).to_tensor();
    let other = rten::Model::load(model.to_onnx().unwrap()).unwrap();
    let got = other.run_one(maps.view().into(), None).unwrap();
    let got: NdTensor<f32, 2> = got.try_into().unwrap();
    assert_eq!(got.shape(), [IMAGES, model.config.classes.len()], "{name}");
    let largest = expected.iter().fold(1.0f32, |most, v| most.max(v.abs()));
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got - expected).abs() < 1e-4 * largest,
            "{name}, logit {i}: got {got}, expected {expected}"
        );
    }
}

#[test]
fn every_network_of_the_paper() {
    for name in names() {
        check(&model(architecture(name).unwrap()));
    }
}

#[test]
fn every_step_of_the_ablation() {
    for step in ABLATION {
        check(&model(step.architecture()));
    }
}

#[test]
fn a_trained_network() {
    check(&Model::load(shuzi_models::DEFAULT).unwrap());
}

/// A graph of dynamic width takes every width, and says of an image what ours says.
#[test]
fn a_network_of_dynamic_width() {
    const CLASSES: usize = 5;
    let mut line = line(CLASSES);
    let strided = Conv {
        stride: [1, 2],
        ..Conv::new(CLASSES, [1, 3]).padding(Padding::Explicit([0, 1]))
    };
    line.layers
        .push(Layer::new("strided", LayerKind::Conv(strided)));
    let mut model = model(line);
    model.config.classes.truncate(CLASSES);
    let Model { config, weights } = &model;
    let threads = Threads::single();
    let ours = ClassifierConfig { threads };
    let mut ours = Recognizer::new(&config.architecture, weights, ours).unwrap();
    let other = rten::Model::load(model.to_onnx().unwrap()).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for width in [8, 31, 96] {
        let images: Vec<f32> = (0..LINE_HEIGHT * width)
            .map(|_| rng.random_range(0.0..1.0))
            .collect();
        let lines = Lines {
            images: &images,
            width,
            own: &[width],
        };
        let expected = ours.logits(lines).unwrap();
        let map = NdTensor::from_data([1, 1, LINE_HEIGHT, width], images.clone());
        let got = other.run_one(map.view().into(), None).unwrap();
        let got: NdTensor<f32, 3> = got.try_into().unwrap();
        assert_eq!(got.shape(), [1, expected.frames, CLASSES]);
        assert_eq!(expected.own, [expected.frames]);
        let largest = expected.logits.iter().fold(1.0f32, |m, v| m.max(v.abs()));
        for (got, expected) in got.iter().zip(expected.logits) {
            assert!(
                (got - expected).abs() < 1e-4 * largest,
                "width {width}: got {got}, expected {expected}"
            );
        }
    }
}

/// What the networks of the paper don't have: stride and groups, odd padding,
/// average pooling at the map's edge, layers on vectors, deformable
/// convolution with stride on a map that is not square.
#[test]
fn layers_in_unusual_places() {
    let relu = LayerKind::Activation {
        function: Activation::Relu,
    };
    let layers = [
        LayerKind::DeformableConv(Conv {
            stride: [1, 2],
            ..Conv::new(8, [2, 3]).padding(Padding::Same)
        }),
        LayerKind::BatchNorm(BatchNorm::default()),
        relu.clone(),
        LayerKind::Conv(Conv {
            groups: 2,
            stride: [2, 1],
            ..Conv::new(12, [3, 2]).padding(Padding::Explicit([2, 1]))
        }),
        LayerKind::Lrn(Lrn {
            size: 4,
            alpha: 0.5,
            beta: 0.6,
            k: 2.0,
        }),
        LayerKind::Pool(Pool {
            padding: Padding::Same,
            ..Pool::average(3, 2)
        }),
        LayerKind::Residual {
            body: vec![],
            scale: 0.5,
        },
        LayerKind::Flatten,
        LayerKind::BatchNorm(BatchNorm::default()),
        LayerKind::Linear(Linear { out_features: 6 }),
        LayerKind::Parallel {
            branches: vec![
                vec![Layer::new(
                    "on_vector",
                    LayerKind::Conv(Conv::new(3, [1, 1])),
                )],
                vec![],
            ],
        },
        LayerKind::Residual {
            body: vec![Layer::new("inner", LayerKind::Conv(Conv::new(9, [1, 1])))],
            scale: 1.0,
        },
        LayerKind::Conv(Conv::new(10, [1, 1])),
    ];
    check_layers("unusual", layers);
}

/// Layers of newer networks, on maps and on vectors: depthwise convolution, layer
/// normalisation and GELU, as of ConvNeXt (Liu et al. 2022), and dilation.
#[test]
fn layers_of_newer_networks() {
    let gelu = || LayerKind::Activation {
        function: Activation::Gelu,
    };
    let norm = || LayerKind::LayerNorm(LayerNorm::default());
    let depthwise = Conv {
        groups: 6,
        stride: [1, 2],
        ..Conv::new(6, [5, 3]).padding(Padding::Same)
    };
    let dilated = Conv {
        dilation: [2, 3],
        ..Conv::new(8, [3, 2]).padding(Padding::Same)
    };
    let layers = [
        LayerKind::Conv(Conv::new(6, [3, 3]).padding(Padding::Same)),
        LayerKind::Conv(depthwise),
        norm(),
        gelu(),
        LayerKind::Conv(dilated),
        gelu(),
        LayerKind::Flatten,
        norm(),
        LayerKind::Linear(Linear { out_features: 10 }),
        gelu(),
    ];
    check_layers("newer", layers);
}

fn check_layers(name: &str, layers: impl IntoIterator<Item = LayerKind>) {
    let layers = layers.into_iter().enumerate();
    check(&model(Architecture {
        name: name.into(),
        input: Shape::new(9, 12, 3),
        width: Default::default(),
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }));
}
