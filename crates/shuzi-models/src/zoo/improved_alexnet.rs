//! The paper's own network.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Conv, Padding, Pool},
};

use super::{CLASSES, INPUT, conv_bn, conv_bn_relu, linear, relu};

/// The improved AlexNet of Table 1: two 3×3 convolutions for each 5×5 one,
/// batch normalisation after every convolution, an Inception-ResNet-C block
/// (Szegedy et al. 2017, narrowed) for Conv3 and Conv4, one hidden fully
/// connected layer.
pub fn improved_alexnet() -> Architecture {
    made("improved-alexnet", CLASSES, Pool::max(3, 2))
}

/// The same network for reading: its eleventh class is what is no digit.
pub fn reader() -> Architecture {
    made("reader", CLASSES + 1, Pool::max(3, 2))
}

/// The network for reading two digits in one image: a class for each pair and one for what
/// is none. Its last pooling keeps the three columns, which tell the first digit from the
/// second.
pub fn pairs() -> Architecture {
    let columns = Pool {
        kernel: [3, 1],
        stride: [1, 1],
        ..Pool::max(3, 1)
    };
    made("pairs", CLASSES * CLASSES + 1, columns)
}

fn made(name: &str, classes: usize, last: Pool) -> Architecture {
    let same = |out, kernel| Conv::new(out, kernel).padding(Padding::Same);
    let pool = |name: &str, kernel| Layer::new(name, LayerKind::Pool(Pool::max(kernel, 2)));
    let mut layers = Vec::new();
    layers.extend(conv_bn_relu("1_1", same(32, [3, 3])));
    layers.extend(conv_bn_relu("1_2", same(32, [3, 3])));
    layers.push(pool("pool1", 2));
    layers.extend(conv_bn_relu("2_1", same(128, [3, 3])));
    layers.extend(conv_bn_relu("2_2", same(128, [3, 3])));
    layers.push(pool("pool2", 2));
    layers.push(mixed(32, 128));
    layers.push(relu("relu_mixed"));
    layers.push(pool("pool3", 3));
    layers.extend(conv_bn_relu("3", same(256, [3, 3])));
    layers.push(Layer::new("pool4", LayerKind::Pool(last)));
    layers.extend([
        Layer::new("flatten", LayerKind::Flatten),
        linear("fc1", 1024),
        relu("relu_fc1"),
        Layer::new("dropout", LayerKind::Dropout { rate: 0.5 }),
        linear("fc2", classes),
    ]);
    Architecture {
        name: name.into(),
        input: INPUT,
        width: Default::default(),
        layers,
    }
}

/// Branches of 1×1 and 1×1, 1×3, 3×1, all `width` channels wide, joined by a
/// linear 1×1 and added to the input's `channels`.
pub(super) fn mixed(width: usize, channels: usize) -> Layer {
    let same = |out, kernel| Conv::new(out, kernel).padding(Padding::Same);
    let short = conv_bn_relu("_a1", same(width, [1, 1]));
    let mut long = Vec::new();
    long.extend(conv_bn_relu("_b1", same(width, [1, 1])));
    long.extend(conv_bn_relu("_b2", same(width, [1, 3])));
    long.extend(conv_bn_relu("_b3", same(width, [3, 1])));
    let branches = vec![short.into(), long];
    let mut body = vec![Layer::new("branches", LayerKind::Parallel { branches })];
    body.extend(conv_bn("_join", same(channels, [1, 1])));
    Layer::new("mixed", LayerKind::Residual { body, scale: 1.0 })
}
