//! The shared vectors, over HTTP.

use serde_json::json;

use crate::{
    check::{bytes, same_logits, same_record, to_the_bit, vectors},
    client::{address, post, sample},
};

#[test]
fn pictures_give_their_readings() {
    let vectors = vectors("readings.json");
    for vector in vectors["readings"].as_array().unwrap() {
        let options = vector["options"].as_object().unwrap().iter();
        let query: Vec<String> = options
            .map(|(name, value)| format!("{name}={}", escaped(value.as_str().unwrap())))
            .collect();
        let query = query.join("&");
        let file = vector["file"].as_str().unwrap();
        let got = post(address(), &format!("/v1/read?{query}"), &[], &sample(file)).json(200);
        let what = format!("{file}?{query}");
        same_record(&what, &got, &vector["reading"], to_the_bit(&vectors));
    }
}

#[test]
fn images_give_their_logits() {
    let vectors = vectors("networks.json");
    for (at, image) in vectors["images"].as_array().unwrap().iter().enumerate() {
        for name in ["improved-alexnet", "pairs"] {
            let request = json!({"inputs": [{
                "name": "images",
                "shape": [1, 28, 28],
                "datatype": "UINT8",
                "data": bytes(&image["pixels"]),
            }]});
            let path = format!("/v2/models/{name}/infer");
            let body = serde_json::to_vec(&request).unwrap();
            let got = post(address(), &path, &[], &body).json(200);
            assert_eq!(got["outputs"][0]["name"], "logits");
            let logits: Vec<f32> =
                serde_json::from_value(got["outputs"][0]["data"].clone()).unwrap();
            let what = format!("{name}, image {at}");
            same_logits(&what, &logits, &image["logits"][name], to_the_bit(&vectors));
        }
    }
}

/// A value as a query has it.
fn escaped(value: &str) -> String {
    let each = value.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    each.collect()
}
