//! The paper's "BP network": a multi-layer perceptron on pixels.

use shuzi_nn::{Architecture, Layer, LayerKind, architecture::Activation};

use super::{CLASSES, INPUT, activation, linear};

/// Two hidden layers with sigmoids, as back-propagation networks had
/// (Rumelhart et al. 1986); the widths (300 and 100) are those of LeCun et al.
/// 1998.
pub fn mlp() -> Architecture {
    let sigmoid = |name| activation(name, Activation::Sigmoid);
    Architecture {
        name: "mlp".into(),
        input: INPUT,
        width: Default::default(),
        layers: vec![
            Layer::new("flatten", LayerKind::Flatten),
            linear("fc1", 300),
            sigmoid("sigmoid1"),
            linear("fc2", 100),
            sigmoid("sigmoid2"),
            linear("fc3", CLASSES),
        ],
    }
}
