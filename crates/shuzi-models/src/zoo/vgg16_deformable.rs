//! VGG16 with deformable convolutions: the paper's reference 7, for digits of
//! varied shape.

use shuzi_nn::{
    Architecture, Layer, LayerKind,
    architecture::{Conv, Padding, Pool},
};

use super::{CLASSES, INPUT, conv_bn_relu, linear, relu};

/// Output channels of each block and how many convolutions it has.
const BLOCKS: [(usize, usize); 5] = [(32, 2), (64, 2), (128, 3), (256, 3), (256, 3)];

/// The convolutions that are deformable: the last of the second and of the
/// third block, on maps of 14×14 and 7×7.
const DEFORMABLE: [&str; 2] = ["2_2", "3_3"];

/// VGG16 (Simonyan and Zisserman 2015) scaled to 28×28: its thirteen 3×3
/// convolutions at half their width, pooling that rounds up (28, 14, 7, 4, 2,
/// 1), fully connected layers of 512, batch normalisation, which it needs to
/// train from nothing.
pub fn vgg16_deformable() -> Architecture {
    let mut layers = Vec::new();
    for (block, (channels, convs)) in (1..).zip(BLOCKS) {
        for conv in 1..=convs {
            let suffix = format!("{block}_{conv}");
            let mut three =
                conv_bn_relu(&suffix, Conv::new(channels, [3, 3]).padding(Padding::Same));
            if DEFORMABLE.contains(&suffix.as_str())
                && let LayerKind::Conv(conv) = &three[0].kind
            {
                three[0].kind = LayerKind::DeformableConv(conv.clone());
            }
            layers.extend(three);
        }
        let pool = Pool {
            padding: Padding::Same,
            ..Pool::max(2, 2)
        };
        layers.push(Layer::new(format!("pool{block}"), LayerKind::Pool(pool)));
    }
    let dropout = |name: &str| Layer::new(name, LayerKind::Dropout { rate: 0.5 });
    layers.extend([
        Layer::new("flatten", LayerKind::Flatten),
        linear("fc1", 512),
        relu("relu_fc1"),
        dropout("dropout1"),
        linear("fc2", 512),
        relu("relu_fc2"),
        dropout("dropout2"),
        linear("fc3", CLASSES),
    ]);
    Architecture {
        name: "vgg16-deformable".into(),
        input: INPUT,
        width: Default::default(),
        layers,
    }
}
