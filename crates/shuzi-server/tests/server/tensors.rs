//! The Open Inference Protocol.

use std::thread;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::client::{Reply, address, get, post};

const INFER: &str = "/v2/models/improved-alexnet/infer";

/// Made images, `[n, 28, 28]`.
pub(crate) fn images(n: usize, seed: u64) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pixels = vec![0; n * 784];
    for image in pixels.chunks_mut(784) {
        // Strokes, about: runs of ink.
        let mut at = 0;
        while at < image.len() {
            let run = rng.random_range(1..12).min(image.len() - at);
            let ink = if rng.random_bool(0.3) {
                rng.random()
            } else {
                0
            };
            image[at..at + run].fill(ink);
            at += run;
        }
        // What breaks an engine is no image of this kind.
        image[0] = 0;
    }
    pixels
}

/// A request with a binary tensor: its bytes, and how many are JSON.
pub(crate) fn binary(json: &Value, tensor: &[u8]) -> (Vec<u8>, String) {
    let mut body = serde_json::to_vec(json).unwrap();
    let length = body.len().to_string();
    body.extend(tensor);
    (body, length)
}

/// What a binary request of bytes gets.
fn send(json: &Value, tensor: &[u8]) -> Reply {
    let (body, length) = binary(json, tensor);
    let headers = [("Inference-Header-Content-Length", &*length)];
    post(address(), INFER, &headers, &body)
}

/// The JSON of an answer, and the binary tensors after it.
fn parts(reply: &Reply) -> (Value, Vec<f32>) {
    assert_eq!(
        reply.status,
        200,
        "{}",
        String::from_utf8_lossy(&reply.body)
    );
    let Some(length) = reply.header("inference-header-content-length") else {
        return (reply.json(200), Vec::new());
    };
    assert_eq!(
        reply.header("content-type"),
        Some("application/octet-stream")
    );
    let (json, rest) = reply.body.split_at(length.parse().unwrap());
    let (values, left) = rest.as_chunks::<4>();
    assert!(left.is_empty());
    let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes));
    (serde_json::from_slice(json).unwrap(), values.collect())
}

/// The bits of an output in JSON.
fn bits(json: &Value, output: usize) -> Vec<u32> {
    let data = json["outputs"][output]["data"].as_array().unwrap();
    let each = data
        .iter()
        .map(|value| (value.as_f64().unwrap() as f32).to_bits());
    each.collect()
}

fn uint8(n: usize) -> Value {
    json!({"inputs": [{
        "name": "images",
        "shape": [n, 28, 28],
        "datatype": "UINT8",
        "parameters": {"binary_data_size": n * 784},
    }]})
}

#[test]
fn the_server_and_its_models_are_told() {
    let server = get(address(), "/v2").json(200);
    assert_eq!(server["extensions"], json!(["binary_tensor_data"]));
    assert_eq!(get(address(), "/v2/health/live").json(200)["live"], true);
    let ready = get(address(), "/v2/health/ready").json(200);
    assert_eq!(ready, json!({"ready": true, "live": true}));
    let path = "/v2/models/improved-alexnet";
    let model = get(address(), path).json(200);
    assert_eq!(model["inputs"][0]["shape"], json!([-1, 1, 28, 28]));
    assert_eq!(model["outputs"][1]["name"], "probabilities");
    assert_eq!(
        get(address(), &format!("{path}/versions/1")).json(200),
        model
    );
    let ready = get(address(), &format!("{path}/ready")).json(200);
    assert_eq!(ready, json!({"name": "improved-alexnet", "ready": true}));
    let (message, code) = get(address(), "/v2/models/nothing").error(404);
    assert_eq!(
        message,
        "no model nothing: expected one of improved-alexnet, pairs"
    );
    assert_eq!(code, "no-model");
    let message = get(address(), &format!("{path}/versions/2/ready"))
        .error(404)
        .0;
    assert!(message.contains("no version 2"), "{message}");
    assert_eq!(get(address(), "/v2/models/%ff").error(400).1, "path");
}

#[test]
fn json_and_binary_and_both_mixed_give_the_same_bits() {
    let pixels = images(3, 1);
    let floats: Vec<f32> = pixels
        .iter()
        .map(|pixel| f32::from(*pixel) / 255.0)
        .collect();
    let rows: Vec<Vec<&[f32]>> = floats
        .chunks(784)
        .map(|image| image.chunks(28).collect())
        .collect();
    let request = |datatype: &str, data: Value| {
        json!({"id": "one", "inputs": [
            {"name": "images", "shape": [3, 1, 28, 28], "datatype": datatype, "data": data}
        ]})
    };
    let ask = |json: &Value| {
        let body = serde_json::to_vec(json).unwrap();
        post(
            address(),
            INFER,
            &[("content-type", "application/json")],
            &body,
        )
    };
    let plain = ask(&request("UINT8", json!(pixels))).json(200);
    assert_eq!(plain["id"], "one");
    assert_eq!(plain["model_name"], "improved-alexnet");
    assert_eq!(plain["outputs"][0]["name"], "logits");
    assert_eq!(plain["outputs"][0]["shape"], json!([3, 10]));
    let logits = bits(&plain, 0);
    assert_eq!(logits.len(), 30);
    let sums = plain["outputs"][1]["data"].as_array().unwrap().chunks(10);
    for row in sums {
        let sum: f64 = row.iter().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
    assert_eq!(
        bits(&ask(&request("FP32", json!(floats))).json(200), 0),
        logits
    );
    assert_eq!(
        bits(&ask(&request("FP32", json!(rows))).json(200), 0),
        logits,
        "lists of lists"
    );

    // A binary tensor, JSON back.
    let (json, rest) = parts(&send(&uint8(3), &pixels));
    assert_eq!((bits(&json, 0), rest.len()), (logits.clone(), 0));
    assert!(json.get("id").is_none());
    // Binary both ways, as clients of Triton do it.
    let bytes: Vec<u8> = floats
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let triton = json!({
        "id": "7",
        "inputs": [{"name": "images", "shape": [3, 28, 28], "datatype": "FP32",
            "parameters": {"binary_data_size": bytes.len()}}],
        "parameters": {"binary_data_output": true},
    });
    let (json, rest) = parts(&send(&triton, &bytes));
    assert_eq!(json["id"], "7");
    assert_eq!(json["outputs"][0]["parameters"]["binary_data_size"], 120);
    let got: Vec<u32> = rest[..30].iter().map(|value| value.to_bits()).collect();
    assert_eq!((got, rest.len()), (logits.clone(), 60));
    // One output in JSON and one binary, in the order that is asked for.
    let mut mixed = uint8(3);
    mixed["outputs"] = json!([
        {"name": "probabilities"},
        {"name": "logits", "parameters": {"binary_data": true}},
    ]);
    let (json, rest) = parts(&send(&mixed, &pixels));
    assert_eq!(bits(&json, 0), bits(&plain, 1));
    let got: Vec<u32> = rest.iter().map(|value| value.to_bits()).collect();
    assert_eq!(got, logits);
}

#[test]
fn an_answer_is_the_same_bits_alone_and_in_any_batch() {
    let n = 45;
    let pixels = images(n, 2);
    let (json, _) = parts(&send(&uint8(n), &pixels));
    let together = bits(&json, 0);
    let alone: Vec<u32> = pixels
        .chunks(784)
        .flat_map(|image| bits(&parts(&send(&uint8(1), image)).0, 0))
        .collect();
    assert_eq!(alone, together);
    // Many clients at once, with a few images each.
    let crowd: Vec<u32> = thread::scope(|scope| {
        let clients: Vec<_> = pixels
            .chunks(3 * 784)
            .map(|images| scope.spawn(move || bits(&parts(&send(&uint8(3), images)).0, 0)))
            .collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    assert_eq!(crowd, together);
}

#[test]
fn what_does_not_fit_names_what_was_expected_and_given() {
    let tensor = |change: &dyn Fn(&mut Value)| {
        let mut json = json!({"inputs": [
            {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": vec![0; 784]}
        ]});
        change(&mut json);
        let body = serde_json::to_vec(&json).unwrap();
        post(address(), INFER, &[], &body).error(400).0
    };
    let input = |name: &'static str, value: Value| {
        tensor(&move |json: &mut Value| json["inputs"][0][name] = value.clone())
    };
    for (message, expected) in [
        (
            input("shape", json!([1, 32, 32])),
            "expected shape [n, 28, 28] or [n, 1, 28, 28] with n of 1 to 4096, got [1, 32, 32]",
        ),
        (input("shape", json!([0, 28, 28])), "got [0, 28, 28]"),
        (input("shape", json!([-1, 28, 28])), "got [-1, 28, 28]"),
        (
            input("shape", json!([i64::MAX, 28, 28])),
            "with n of 1 to 4096",
        ),
        (
            input("shape", json!([2, 28, 28])),
            "expected 1568 values for shape [2, 28, 28], got 784",
        ),
        (
            input("datatype", json!("FP64")),
            "expected datatype FP32 or UINT8, got FP64",
        ),
        (
            input("name", json!("input")),
            "expected one input, images, got input",
        ),
        (
            input("data", json!(vec![0.5; 784])),
            "value 0: expected a whole number from 0 (paper) to 255 (ink), got 0.5",
        ),
        (input("data", json!(vec![256; 784])), "got 256"),
        (input("data", json!("zeros")), "numbers, in one list"),
        (
            input("data", json!(null)),
            "expected data or the parameter binary_data_size",
        ),
        (input("colour", json!(1)), "unknown field `colour`"),
        (
            tensor(&|json| json["outputs"] = json!([{"name": "classes"}])),
            "no output classes: expected logits or probabilities",
        ),
        (
            tensor(&|json| {
                json["inputs"][0]["datatype"] = "FP32".into();
                json["inputs"][0]["data"][5] = 255.into();
            }),
            "value 5: expected 0 (paper) to 1 (ink), as datatype FP32 has them, got 255",
        ),
        (tensor(&|json| json["inputs"] = json!([])), "got 0 inputs"),
    ] {
        assert!(message.contains(expected), "{expected:?} in {message:?}");
    }
    let mut short = uint8(2);
    short["inputs"][0]["parameters"]["binary_data_size"] = 784.into();
    let message = send(&short, &images(2, 3)).error(400).0;
    assert!(
        message.contains("expected 1568 bytes of UINT8 for shape [2, 28, 28], got 784"),
        "{message}"
    );
    let message = send(&uint8(2), &images(1, 3)).error(400).0;
    assert!(
        message.contains("784 bytes follow the JSON: expected 1568"),
        "{message}"
    );
    let message = post(
        address(),
        INFER,
        &[("Inference-Header-Content-Length", "99999")],
        b"{}",
    );
    assert!(
        message
            .error(400)
            .0
            .contains("up to the body's 2, got 99999")
    );
    let nan = json!({"inputs": [{"name": "images", "shape": [1, 28, 28], "datatype": "FP32",
        "parameters": {"binary_data_size": 3136}}]});
    let mut bytes = vec![0; 3136];
    bytes[4..8].copy_from_slice(&f32::NAN.to_le_bytes());
    let message = send(&nan, &bytes).error(400).0;
    assert!(
        message.contains("value 1: expected 0 (paper) to 1 (ink)"),
        "{message}"
    );
}
