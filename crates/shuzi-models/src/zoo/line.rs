//! The network that reads whole lines.

use shuzi_nn::{
    Architecture, Layer, LayerKind, Shape,
    architecture::{Conv, Padding, Pool, Width},
};

use super::conv_bn_relu;

/// Rows of a line's image.
pub const LINE_HEIGHT: usize = 32;

/// The width for which shapes and costs of [`line`] are told: a line of some eight digits.
const TYPICAL_WIDTH: usize = 160;

/// Columns of a line's image for each frame: fine enough for a blank between equal
/// neighbours that touch.
pub const LINE_STRIDE: usize = 2;

/// Channels after the map's rows are one.
const CONTEXT: usize = 160;

/// A fully convolutional network for connectionist temporal classification: a line in
/// [`LINE_HEIGHT`] rows and its own width to a frame every [`LINE_STRIDE`] columns, with
/// a value for each of `classes`.
///
/// Three stages of two 3×3 convolutions, the second residual (He et al. 2016), halve the
/// rows, a convolution takes the last four together, and residual 1×5 convolutions with
/// dilations of 1, 2 and 4 (Yu and Koltun 2016) give each frame a context of 14 frames
/// on either side.
pub fn line(classes: usize) -> Architecture {
    let same = |out, kernel| Conv::new(out, kernel).padding(Padding::Same);
    let pool = |name: &str, kernel| {
        let pool = Pool {
            kernel,
            stride: kernel,
            ..Pool::max(1, 1)
        };
        Layer::new(name, LayerKind::Pool(pool))
    };
    let residual = |name: &str, suffix: &str, conv: Conv| {
        let body = conv_bn_relu(suffix, conv).into();
        Layer::new(name, LayerKind::Residual { body, scale: 1.0 })
    };
    let mut layers = Vec::new();
    layers.extend(conv_bn_relu("0", same(16, [3, 3])));
    layers.push(pool("pool0", [2, LINE_STRIDE]));
    for (stage, channels) in [(1, 32), (2, 64), (3, 128)] {
        layers.extend(conv_bn_relu(&format!("{stage}_1"), same(channels, [3, 3])));
        let name = format!("residual{stage}");
        let suffix = format!("{stage}_2");
        layers.push(residual(&name, &suffix, same(channels, [3, 3])));
        if stage < 3 {
            layers.push(pool(&format!("pool{stage}"), [2, 1]));
        }
    }
    let rows = LINE_HEIGHT / 8;
    layers.extend(conv_bn_relu("4", Conv::new(CONTEXT, [rows, 1])));
    for (block, dilation) in [(5, 1), (6, 2), (7, 4)] {
        let conv = Conv {
            dilation: [1, dilation],
            ..same(CONTEXT, [1, 5])
        };
        layers.push(residual(
            &format!("context{block}"),
            &block.to_string(),
            conv,
        ));
    }
    layers.push(Layer::new("dropout", LayerKind::Dropout { rate: 0.1 }));
    let logits = LayerKind::Conv(Conv::new(classes, [1, 1]));
    layers.push(Layer::new("logits", logits));
    Architecture {
        name: "line".into(),
        input: Shape::new(LINE_HEIGHT, TYPICAL_WIDTH, 1),
        width: Width::Dynamic,
        layers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_160_columns_has_80_frames_and_a_bounded_cost() {
        let line = line(25);
        assert_eq!(line.output(), Ok(Shape::new(1, 80, 25)));
        let summary = line.summary().unwrap();
        assert_eq!(summary.parameters, 762_601);
        assert_eq!(summary.multiply_adds, 162_193_920);
    }

    #[test]
    fn its_parameters_do_not_depend_on_the_width() {
        let line = line(25);
        for width in [2, 31, 640] {
            let other = line.at_width(width);
            assert_eq!(other.parameters(), line.parameters());
            assert_eq!(other.output(), Ok(Shape::new(1, width / 2, 25)));
        }
    }
}
