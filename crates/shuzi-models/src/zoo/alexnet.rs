//! AlexNet adapted to 28×28, from which the paper starts.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Conv, Lrn, Padding, Pool},
};

use super::{CLASSES, INPUT, linear, relu};

/// AlexNet (Krizhevsky et al. 2012) with the paper's first kernel of 5×5 and
/// stride 1: local response normalisation after the first two activations,
/// overlapping pooling, dropout after both hidden fully connected layers.
pub fn alexnet() -> Architecture {
    let conv = |name: &str, out, kernel, padding| {
        let conv = Conv::new(out, [kernel; 2]).padding(padding);
        Layer::new(name, LayerKind::Conv(conv))
    };
    let lrn = |name: &str| Layer::new(name, LayerKind::Lrn(Lrn::default()));
    let pool = |name: &str| Layer::new(name, LayerKind::Pool(Pool::max(3, 2)));
    let dropout = |name: &str| Layer::new(name, LayerKind::Dropout { rate: 0.5 });
    Architecture {
        name: "alexnet".into(),
        input: INPUT,
        width: Default::default(),
        layers: vec![
            conv("conv1", 96, 5, Padding::Valid),
            relu("relu1"),
            lrn("lrn1"),
            pool("pool1"),
            conv("conv2", 256, 5, Padding::Valid),
            relu("relu2"),
            lrn("lrn2"),
            pool("pool2"),
            conv("conv3", 384, 3, Padding::Same),
            relu("relu3"),
            conv("conv4", 384, 3, Padding::Same),
            relu("relu4"),
            conv("conv5", 256, 3, Padding::Same),
            relu("relu5"),
            pool("pool5"),
            Layer::new("flatten", LayerKind::Flatten),
            linear("fc1", 4096),
            relu("relu6"),
            dropout("dropout1"),
            linear("fc2", 4096),
            relu("relu7"),
            dropout("dropout2"),
            linear("fc3", CLASSES),
        ],
    }
}
