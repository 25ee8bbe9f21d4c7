//! What the paper says, from its Table 2 and its text.

use serde::Serialize;

/// The paper's figures for one system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PaperFigure {
    /// The system as the paper calls it.
    pub system: &'static str,
    /// Name of the network here, where there is one.
    pub name: Option<&'static str>,
    /// Accuracy on MNIST's test set, which also steered the training.
    pub accuracy: f64,
    /// Trainable parameters.
    pub parameters: Option<f64>,
    /// Seconds an epoch on an Intel i5 at 1.7 GHz.
    pub seconds: Option<f64>,
}

/// A row of Table 2 that says nothing but a reference and its figure.
const fn cited(system: &'static str, accuracy: f64) -> PaperFigure {
    PaperFigure {
        system,
        name: None,
        accuracy,
        parameters: None,
        seconds: None,
    }
}

/// Table 2 of the paper, with the parameters and times of its text.
pub const PAPER: [PaperFigure; 8] = [
    PaperFigure {
        system: "LeNet-5",
        name: Some("lenet5"),
        accuracy: 0.9922,
        parameters: None,
        seconds: None,
    },
    PaperFigure {
        system: "AlexNet",
        name: Some("alexnet"),
        accuracy: 0.9933,
        parameters: Some(2.1e7),
        seconds: Some(1400.0),
    },
    PaperFigure {
        system: "improved AlexNet",
        name: Some("improved-alexnet"),
        accuracy: 0.9966,
        parameters: Some(8e5),
        seconds: Some(280.0),
    },
    cited("reference 1", 0.9936),
    cited("reference 12", 0.9890),
    cited("reference 13", 0.9922),
    cited("reference 14", 0.9934),
    cited("reference 15", 0.9937),
];
