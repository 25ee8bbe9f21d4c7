//! High-level features of two networks in one: the paper's reference 8, of
//! which it says that both together are better than either.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Conv, Padding, Pool},
};

use super::{CLASSES, INPUT, conv_relu, linear, relu};

/// A wide and shallow network (5×5 kernels) and a narrow and deep one (3×3)
/// on the same image, 128 features of each side by side before the
/// classifier.
pub fn fusion() -> Architecture {
    let conv = |out, kernel| Conv::new(out, [kernel; 2]).padding(Padding::Same);
    let pool = |name: &str| Layer::new(name, LayerKind::Pool(Pool::max(2, 2)));
    let features = |suffix: &str| {
        [
            Layer::new(format!("flatten_{suffix}"), LayerKind::Flatten),
            linear(&format!("fc_{suffix}"), 128),
            relu(&format!("relu_fc_{suffix}")),
        ]
    };
    let mut wide = Vec::new();
    wide.extend(conv_relu("_a1", conv(32, 5)));
    wide.push(pool("pool_a1"));
    wide.extend(conv_relu("_a2", conv(64, 5)));
    wide.push(pool("pool_a2"));
    wide.extend(features("a"));

    let mut deep = Vec::new();
    deep.extend(conv_relu("_b1", conv(16, 3)));
    deep.extend(conv_relu("_b2", conv(16, 3)));
    deep.push(pool("pool_b1"));
    deep.extend(conv_relu("_b3", conv(32, 3)));
    deep.extend(conv_relu("_b4", conv(32, 3)));
    deep.push(pool("pool_b2"));
    deep.extend(conv_relu("_b5", conv(64, 3)));
    deep.extend(conv_relu("_b6", conv(64, 3)));
    deep.push(pool("pool_b3"));
    deep.extend(features("b"));

    let branches = vec![wide, deep];
    Architecture {
        name: "fusion".into(),
        input: INPUT,
        width: Default::default(),
        layers: vec![
            Layer::new("features", LayerKind::Parallel { branches }),
            Layer::new("dropout", LayerKind::Dropout { rate: 0.5 }),
            linear("fc", CLASSES),
        ],
    }
}
