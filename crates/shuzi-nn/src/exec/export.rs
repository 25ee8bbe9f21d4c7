//! From an architecture to a graph of ONNX operators.

use std::slice;

use crate::{
    Error, Weights, WeightsError,
    architecture::{Architecture, Layer, Step, Width},
    onnx::{Exporter, Graph, Value, ints},
};

/// Puts a network's nodes and tensors into `graph`, whose input is the map `input`,
/// `[batch, c, h, w]`, and whose output are the logits `output`, `[batch, classes]`, or
/// `[batch, frames, classes]` of a network of dynamic width.
///
/// # Errors
/// If the architecture is unsound or the weights belong to another.
pub fn export(
    architecture: &Architecture,
    weights: &Weights,
    [input, output]: [&str; 2],
    graph: &mut dyn Graph,
) -> Result<(), Error> {
    weights.check(&architecture.parameters()?)?;
    let steps = architecture.steps()?;
    let mut exporter = Exporter {
        weights,
        reserved: [input, output],
        graph,
    };
    let input = Value::map(input.to_owned());
    let layers = &architecture.layers;
    let value = sequence(layers, &mut steps.iter(), input, &mut exporter)?;
    let logits = match architecture.width {
        Width::Fixed => exporter.vector("flatten_logits", value),
        Width::Dynamic => frames(&value.name, &mut exporter),
    };
    graph.node("Identity", output, &[&logits], Vec::new());
    Ok(())
}

fn sequence(
    layers: &[Layer],
    steps: &mut slice::Iter<'_, Step>,
    input: Value,
    exporter: &mut Exporter<'_>,
) -> Result<Value, WeightsError> {
    let mut value = input;
    for layer in layers {
        let Some(step) = steps.next() else { break };
        let inner = layer.kind.inner();
        let mut inner = |exporter: &mut Exporter<'_>, index: usize, value: Value| {
            sequence(inner[index], steps, value, exporter)
        };
        value = step.definition.onnx(step, value, exporter, &mut inner)?;
    }
    Ok(value)
}

/// A map of one row, `[batch, c, 1, w]`, as `[batch, w, c]`.
fn frames(map: &str, exporter: &mut Exporter<'_>) -> String {
    let rows = exporter.integers("frames.axes", &[2]);
    let row = exporter.node("Squeeze", "frames.row", &[map, &rows], Vec::new());
    let order = vec![ints("perm", [0, 2, 1])];
    exporter.node("Transpose", "frames", &[&row], order)
}
