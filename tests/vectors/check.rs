//! Compares what a door gave with the shared vectors: shared by the tests of several crates.

use std::{env, fs, path::PathBuf};

use serde_json::Value;

/// Most that a logit may differ where the instructions are others, of the largest one.
const LOGIT: f64 = 1e-5;
/// Most that a probability, or a number's margin, may.
const PROBABILITY: f64 = 1e-3;

/// The folder of the vectors.
pub(crate) fn folder() -> PathBuf {
    // Of any crate of the workspace.
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"))
}

/// The vectors of a file.
pub(crate) fn vectors(name: &str) -> Value {
    let path = folder().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// Whether answers of these instructions are to be the same to the bit here.
pub(crate) fn to_the_bit(vectors: &Value) -> bool {
    let glibc = cfg!(all(
        target_arch = "x86_64",
        target_os = "linux",
        target_env = "gnu"
    ));
    glibc && vectors["instructions"] == shuzi_nn::Isa::current().to_string()
}

/// The bytes that text has in hexadecimal.
pub(crate) fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

/// Holds logits to those of a vector.
pub(crate) fn same_logits(what: &str, got: &[f32], expected: &Value, exactly: bool) {
    let expected: Vec<f32> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(1.0_f32, |most, one| most.max(one.abs()));
    for (class, (&got, &expected)) in got.iter().zip(&expected).enumerate() {
        let far = f64::from((got - expected).abs());
        if exactly {
            assert_eq!(got.to_bits(), expected.to_bits(), "{what}, class {class}");
        }
        assert!(
            far <= LOGIT * f64::from(largest),
            "{what}, class {class}: {got} for {expected}"
        );
    }
}

/// Holds a record to that of a vector; the names of files are another matter.
pub(crate) fn same_record(what: &str, got: &Value, expected: &Value, exactly: bool) {
    let nameless = |record: &Value| {
        let mut record = record.clone();
        record["file"] = Value::Null;
        record
    };
    let (got, expected) = (nameless(got), nameless(expected));
    if exactly {
        assert_eq!(got, expected, "{what}");
    }
    near(what, &got, &expected);
}

/// Holds a value to another, probabilities about.
fn near(what: &str, got: &Value, expected: &Value) {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => {
            let names =
                |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(got), names(expected), "{what}");
            for (name, value) in expected {
                // Sentences tell probabilities, and near ones may stand in another order.
                if !["message", "candidates"].contains(&name.as_str()) {
                    near(&format!("{what}.{name}"), &got[name], value);
                }
            }
        }
        (Value::Array(got), Value::Array(expected)) => {
            assert_eq!(got.len(), expected.len(), "{what}");
            for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
                near(&format!("{what}[{at}]"), got, expected);
            }
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            let far = (got.as_f64().unwrap() - expected.as_f64().unwrap()).abs();
            assert!(far <= PROBABILITY, "{what}: {got} for {expected}");
        }
        _ => assert_eq!(got, expected, "{what}"),
    }
}
