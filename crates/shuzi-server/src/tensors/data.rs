//! The values of a tensor, from JSON or from bytes.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, SeqAccess, Visitor},
};

use super::{INPUT, error::TensorError, message::InputTensor};
use crate::networks::SIDE;

/// Pixels of an image.
const PIXELS: usize = SIDE * SIDE;

/// Deepest lists of lists: a tensor's four dimensions.
const DEEPEST: usize = 4;

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Datatype {
    Fp32,
    Uint8,
}

impl Datatype {
    fn of(text: &str) -> Result<Self, TensorError> {
        match text {
            "FP32" => Ok(Self::Fp32),
            "UINT8" => Ok(Self::Uint8),
            other => Err(TensorError::Datatype {
                input: INPUT,
                got: other.chars().take(40).collect(),
            }),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fp32 => "FP32",
            Self::Uint8 => "UINT8",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Fp32 => 4,
            Self::Uint8 => 1,
        }
    }
}

/// The images of a request's tensor, `[n, 28, 28]` of 0 (paper) to 1 (ink); `rest` is what
/// follows the JSON.
pub(super) fn images(
    tensor: &InputTensor,
    rest: &[u8],
    divisor: u32,
    most: usize,
) -> Result<Vec<f32>, TensorError> {
    let datatype = Datatype::of(&tensor.datatype)?;
    let count = count(&tensor.shape, most)?;
    let expected = count * PIXELS;
    if tensor.parameters.shared_memory_region.is_some() {
        let what = "shared_memory_region";
        return Err(TensorError::Unsupported { what });
    }
    match (&tensor.data, tensor.parameters.binary_data_size) {
        (Some(data), None) => {
            if !rest.is_empty() {
                let (expected, got) = (0, rest.len());
                return Err(TensorError::Rest { expected, got });
            }
            if data.0.len() != expected {
                return Err(TensorError::Values {
                    input: INPUT,
                    shape: tensor.shape.clone(),
                    expected,
                    got: data.0.len(),
                });
            }
            let values = data.0.iter().enumerate();
            let values = values.map(|(index, &value)| match datatype {
                Datatype::Fp32 => ink(index, value as f32),
                Datatype::Uint8 => Ok(pixel(byte(index, value)?, divisor)),
            });
            values.collect()
        }
        (None, Some(size)) => {
            if size != (expected * datatype.bytes()) as u64 {
                return Err(TensorError::Bytes {
                    input: INPUT,
                    datatype: datatype.name(),
                    shape: tensor.shape.clone(),
                    expected: expected * datatype.bytes(),
                    got: size,
                });
            }
            if rest.len() as u64 != size {
                let (expected, got) = (size, rest.len());
                return Err(TensorError::Rest { expected, got });
            }
            match datatype {
                Datatype::Uint8 => Ok(rest.iter().map(|&byte| pixel(byte, divisor)).collect()),
                Datatype::Fp32 => {
                    let (values, _) = rest.as_chunks::<4>();
                    let values = values.iter().enumerate();
                    values
                        .map(|(index, bytes)| ink(index, f32::from_le_bytes(*bytes)))
                        .collect()
                }
            }
        }
        _ => Err(TensorError::Data { input: INPUT }),
    }
}

/// How many images a shape is of.
fn count(shape: &[i64], most: usize) -> Result<usize, TensorError> {
    const HERE: i64 = SIDE as i64;
    let count = match *shape {
        [count, HERE, HERE] | [count, 1, HERE, HERE] => usize::try_from(count).ok(),
        _ => None,
    };
    let count = count.filter(|count| (1..=most).contains(count));
    count.ok_or_else(|| TensorError::Shape {
        input: INPUT,
        most,
        // A stranger's list may be long.
        got: shape.iter().copied().take(8).collect(),
    })
}

fn pixel(byte: u8, divisor: u32) -> f32 {
    f32::from(byte) / divisor as f32
}

fn ink(index: usize, value: f32) -> Result<f32, TensorError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(TensorError::Value {
        input: INPUT,
        index,
        expected: "0 (paper) to 1 (ink), as datatype FP32 has them",
        got: value.into(),
    })
}

fn byte(index: usize, value: f64) -> Result<u8, TensorError> {
    if value.fract() == 0.0 && (0.0..=255.0).contains(&value) {
        return Ok(value as u8);
    }
    Err(TensorError::Value {
        input: INPUT,
        index,
        expected: "a whole number from 0 (paper) to 255 (ink)",
        got: value,
    })
}

/// Numbers of a list, or of lists of lists, in order.
#[derive(Debug)]
pub(super) struct Flat(pub(super) Vec<f64>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut values = Vec::new();
        from.deserialize_seq(Level {
            values: &mut values,
            depth: 1,
        })?;
        Ok(Self(values))
    }
}

/// What may stand in a list: numbers, or lists in turn.
struct Level<'a> {
    values: &'a mut Vec<f64>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("numbers, in one list or in lists of lists")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.values.push(value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.depth > DEEPEST {
            return Err(A::Error::custom("expected lists at most four deep"));
        }
        while list
            .next_element_seed(Level {
                values: &mut *self.values,
                depth: self.depth + 1,
            })?
            .is_some()
        {}
        Ok(())
    }
}
