//! LeNet-5, the paper's baseline.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Activation, Conv, Padding, Pool},
};

use super::{CLASSES, INPUT, activation, linear};

/// LeNet-5 (LeCun et al. 1998) as it is commonly built today: tanh, average
/// pooling, every map connected to every other.
pub fn lenet5() -> Architecture {
    let tanh = |name| activation(name, Activation::Tanh);
    let pool = |name: &str| Layer::new(name, LayerKind::Pool(Pool::average(2, 2)));
    let conv1 = Conv::new(6, [5, 5]).padding(Padding::Same);
    Architecture {
        name: "lenet5".into(),
        input: INPUT,
        width: Default::default(),
        layers: vec![
            Layer::new("conv1", LayerKind::Conv(conv1)),
            tanh("tanh1"),
            pool("pool1"),
            Layer::new("conv2", LayerKind::Conv(Conv::new(16, [5, 5]))),
            tanh("tanh2"),
            pool("pool2"),
            Layer::new("flatten", LayerKind::Flatten),
            linear("fc1", 120),
            tanh("tanh3"),
            linear("fc2", 84),
            tanh("tanh4"),
            linear("fc3", CLASSES),
        ],
    }
}
