//! The form of layers as ONNX operators, whatever writes the file.
//!
//! The graph is PyTorch's view of the network: maps `[batch, c, h, w]`, tensors with the
//! names and order of the weights' file. Nothing but standard operators that small
//! runtimes know too: local response normalisation and deformable convolution, which few
//! of them have, are spelt out.

use crate::{Shape, Weights, WeightsError, Window, spec::Padding};

/// A graph that grows node by node; a value is known by its name.
pub trait Graph {
    /// A node called `name` on `inputs`; its output has the same name.
    fn node(&mut self, operator: &str, name: &str, inputs: &[&str], attributes: Vec<Attribute>);

    /// A constant of f32.
    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]);

    /// A constant of whole numbers, a vector.
    fn integers(&mut self, name: &str, values: &[i64]);
}

/// A named constant of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: AttributeValue,
}

/// What an [`Attribute`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f32),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// A text.
    String(&'static str),
}

/// An attribute of one whole number.
pub(crate) fn int(name: &'static str, value: i64) -> Attribute {
    let value = AttributeValue::Int(value);
    Attribute { name, value }
}

/// An attribute of one number.
pub(crate) fn float(name: &'static str, value: f32) -> Attribute {
    let value = AttributeValue::Float(value);
    Attribute { name, value }
}

/// An attribute that is a text.
pub(crate) fn string(name: &'static str, value: &'static str) -> Attribute {
    let value = AttributeValue::String(value);
    Attribute { name, value }
}

/// An attribute of several whole numbers.
pub(crate) fn ints(name: &'static str, values: impl IntoIterator<Item = usize>) -> Attribute {
    let values = values.into_iter().map(|value| value as i64);
    let value = AttributeValue::Ints(values.collect());
    Attribute { name, value }
}

/// Kernel, stride and padding; that after the map is what the last window
/// needs.
pub(crate) fn window_attributes(window: &Window, padding: Padding, input: Shape) -> Vec<Attribute> {
    let extent = [input.height, input.width];
    let after = [0, 1].map(|axis| {
        // Of a dynamic width the last window may need more than of the one at hand.
        if let Padding::Explicit(pad) = padding {
            return pad[axis];
        }
        let span = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
        let touched = (window.output[axis] - 1) * window.stride[axis] + span;
        touched.saturating_sub(extent[axis] + window.before[axis])
    });
    let mut attributes = vec![
        ints("kernel_shape", window.kernel),
        ints("strides", window.stride),
        ints("pads", [window.before, after].concat()),
    ];
    if window.dilation != [1, 1] {
        attributes.push(ints("dilations", window.dilation));
    }
    attributes
}

/// `[batch, c, h, w]` or `[batch, c]`: ours has no such difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// `[batch, c, h, w]`.
    Map,
    /// `[batch, c]`.
    Vector,
}

/// A value of the graph.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) rank: Rank,
}

impl Value {
    /// The map called `name`.
    pub(crate) fn map(name: String) -> Self {
        let rank = Rank::Map;
        Self { name, rank }
    }

    /// The vector called `name`.
    pub(crate) fn vector(name: String) -> Self {
        let rank = Rank::Vector;
        Self { name, rank }
    }
}

/// A graph on its way, and the weights that go into it.
pub(crate) struct Exporter<'a> {
    pub(crate) weights: &'a Weights,
    /// Names of the graph's input and output, which no layer's value may have.
    pub(crate) reserved: [&'a str; 2],
    pub(crate) graph: &'a mut dyn Graph,
}

impl Exporter<'_> {
    /// A node called `name` on `inputs`, or a little longer if that name is taken.
    pub(crate) fn node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<Attribute>,
    ) -> String {
        let name = match self.reserved.contains(&name) {
            true => format!("{name}.value"),
            false => name.to_owned(),
        };
        self.graph.node(operator, &name, inputs, attributes);
        name
    }

    /// A constant of f32.
    pub(crate) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        self.graph.floats(name, shape, values);
        name.to_owned()
    }

    /// A constant of whole numbers, a vector.
    pub(crate) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        self.graph.integers(name, values);
        name.to_owned()
    }

    /// A tensor of the layer at `path`, as it stands in its file.
    pub(crate) fn tensor(&mut self, path: &str, suffix: &str) -> Result<String, WeightsError> {
        let name = format!("{path}.{suffix}");
        let tensor = self
            .weights
            .get(&name)
            .ok_or_else(|| WeightsError::Missing(name.clone()))?;
        self.graph.floats(&name, &tensor.shape, &tensor.data);
        Ok(name)
    }

    /// `value` as `[batch, c]`.
    pub(crate) fn vector(&mut self, name: &str, value: Value) -> String {
        match value.rank {
            Rank::Vector => value.name,
            Rank::Map => self.node("Flatten", name, &[&value.name], vec![int("axis", 1)]),
        }
    }

    /// `value` as `[batch, c, h, w]`.
    pub(crate) fn map(&mut self, path: &str, value: Value) -> String {
        match value.rank {
            Rank::Map => value.name,
            Rank::Vector => {
                let name = format!("{path}.map");
                let shape = self.integers(&format!("{name}.shape"), &[0, -1, 1, 1]);
                self.node("Reshape", &name, &[&value.name, &shape], Vec::new())
            }
        }
    }

    /// A convolution's node called `name`; its tensors are `{path}.{prefix}weight` and,
    /// where the file has one, `{path}.{prefix}bias`.
    pub(crate) fn convolution(
        &mut self,
        [path, prefix, name]: [&str; 3],
        mut attributes: Vec<Attribute>,
        groups: usize,
        x: &str,
    ) -> Result<String, WeightsError> {
        let weight = self.tensor(path, &format!("{prefix}weight"))?;
        let bias = format!("{prefix}bias");
        attributes.push(int("group", groups as i64));
        if self.weights.get(&format!("{path}.{bias}")).is_none() {
            return Ok(self.node("Conv", name, &[x, &weight], attributes));
        }
        let bias = self.tensor(path, &bias)?;
        Ok(self.node("Conv", name, &[x, &weight, &bias], attributes))
    }
}
