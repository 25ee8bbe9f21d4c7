//! A graph that grows node by node.

use prost::Message;
use shuzi_nn::{
    Architecture, Shape,
    architecture::Width,
    onnx::{Attribute, AttributeValue, Graph},
};

use super::proto::{
    self, AttributeType, Dimension, ElementType, Extent, IR_VERSION, Model, Node, OPSET,
    OperatorSet, Tensor, TensorShape, TensorType, ValueInfo, ValueType,
};

/// Name of the graph's input.
pub(super) const INPUT: &str = "images";

/// Name of the graph's output.
pub(super) const OUTPUT: &str = "logits";

/// Nodes and constants so far. A value is known by its name.
#[derive(Default)]
pub(super) struct Builder {
    graph: proto::Graph,
}

impl Graph for Builder {
    fn node(&mut self, operator: &str, name: &str, inputs: &[&str], attributes: Vec<Attribute>) {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: operator.to_owned(),
            attribute: attributes.into_iter().map(attribute).collect(),
        });
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, shape, ElementType::Float, raw.collect());
    }

    fn integers(&mut self, name: &str, values: &[i64]) {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(name, &[values.len()], ElementType::Int64, raw.collect());
    }
}

impl Builder {
    fn constant(&mut self, name: &str, shape: &[usize], data_type: ElementType, raw_data: Vec<u8>) {
        self.graph.initializer.push(Tensor {
            dims: shape.iter().map(|&extent| extent as i64).collect(),
            data_type: data_type.into(),
            name: name.to_owned(),
            raw_data,
        });
    }

    /// The bytes of a file of `architecture`.
    pub(super) fn finish(mut self, architecture: &Architecture, classes: usize) -> Vec<u8> {
        let Shape {
            height,
            width,
            channels,
        } = architecture.input;
        let [channels, height, width, classes] = [channels, height, width, classes].map(value);
        let (width, output) = match architecture.width {
            Width::Fixed => (width, vec![classes]),
            Width::Dynamic => (parameter("width"), vec![parameter("frames"), classes]),
        };
        self.graph.name = architecture.name.clone();
        self.graph.input = vec![value_info(INPUT, vec![channels, height, width])];
        self.graph.output = vec![value_info(OUTPUT, output)];
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: "shuzi".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet {
                domain: String::new(),
                version: OPSET,
            }],
        };
        model.encode_to_vec()
    }
}

fn value(extent: usize) -> Extent {
    Extent::Value(extent as i64)
}

/// An extent that a run decides.
fn parameter(name: &str) -> Extent {
    Extent::Parameter(name.to_owned())
}

/// A value of f32 whose first extent is any number of images.
fn value_info(name: &str, extents: Vec<Extent>) -> ValueInfo {
    let dim = std::iter::once(parameter("batch"))
        .chain(extents)
        .map(|extent| Dimension {
            value: Some(extent),
        });
    ValueInfo {
        name: name.to_owned(),
        r#type: Some(ValueType {
            tensor_type: Some(TensorType {
                elem_type: ElementType::Float.into(),
                shape: Some(TensorShape { dim: dim.collect() }),
            }),
        }),
    }
}

fn attribute(attribute: Attribute) -> proto::Attribute {
    let mut result = proto::Attribute {
        name: attribute.name.to_owned(),
        ..proto::Attribute::default()
    };
    let kind = match attribute.value {
        AttributeValue::Int(value) => {
            result.i = value;
            AttributeType::Int
        }
        AttributeValue::Float(value) => {
            result.f = value;
            AttributeType::Float
        }
        AttributeValue::Ints(values) => {
            result.ints = values;
            AttributeType::Ints
        }
        AttributeValue::String(value) => {
            result.s = value.as_bytes().to_vec();
            AttributeType::String
        }
    };
    result.r#type = kind.into();
    result
}
