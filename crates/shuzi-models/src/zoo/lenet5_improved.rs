//! LeNet-5 with more layers, another activation and a larger input: the
//! paper's reference 6, of which it says no more than that.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Conv, Padding, Pool},
};

use super::{CLASSES, INPUT, conv_relu, linear, relu};

/// Rows and columns of zeros that make the input 32×32, LeNet-5's own.
const FRAME: usize = 2;

/// Two 3×3 convolutions for each 5×5 one and a third pair, ReLU for tanh, max
/// for average pooling, 32×32 for 28×28: the frame of zeros is part of the
/// first convolution's padding.
pub fn lenet5_improved() -> Architecture {
    let same = |out| Conv::new(out, [3, 3]).padding(Padding::Same);
    let framed = Conv::new(16, [3, 3]).padding(Padding::Explicit([FRAME + 1; 2]));
    let pool = |name: &str| Layer::new(name, LayerKind::Pool(Pool::max(2, 2)));
    let mut layers = Vec::new();
    layers.extend(conv_relu("1_1", framed));
    layers.extend(conv_relu("1_2", same(16)));
    layers.push(pool("pool1"));
    layers.extend(conv_relu("2_1", same(32)));
    layers.extend(conv_relu("2_2", same(32)));
    layers.push(pool("pool2"));
    layers.extend(conv_relu("3_1", same(64)));
    layers.extend(conv_relu("3_2", same(64)));
    layers.push(pool("pool3"));
    layers.extend([
        Layer::new("flatten", LayerKind::Flatten),
        linear("fc1", 120),
        relu("relu_fc1"),
        linear("fc2", 84),
        relu("relu_fc2"),
        linear("fc3", CLASSES),
    ]);
    Architecture {
        name: "lenet5-improved".into(),
        input: INPUT,
        width: Default::default(),
        layers,
    }
}
