//! What several files of tests train.

use shuzi_nn::{
    Architecture, Layer, LayerKind, Shape,
    architecture::{Activation, BatchNorm, Conv, Linear, Pool},
};

/// A small network for images of 28×28.
pub(crate) fn architecture(classes: usize) -> Architecture {
    let kinds = vec![
        LayerKind::Conv(Conv {
            stride: [2, 2],
            ..Conv::new(8, [5, 5])
        }),
        LayerKind::BatchNorm(BatchNorm::default()),
        LayerKind::Activation {
            function: Activation::Relu,
        },
        LayerKind::Pool(Pool::max(2, 2)),
        LayerKind::Flatten,
        LayerKind::Dropout { rate: 0.1 },
        LayerKind::Linear(Linear {
            out_features: classes,
        }),
    ];
    let layers = kinds.into_iter().enumerate();
    Architecture {
        name: "small".into(),
        input: Shape::new(28, 28, 1),
        width: Default::default(),
        layers: layers
            .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
            .collect(),
    }
}
