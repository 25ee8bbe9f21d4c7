//! The description, held to what is answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{FORM, Reply, address, form, get, post, sample};

fn api() -> Value {
    get(address(), "/openapi.json").json(200)
}

/// The schema that a reference leads to.
fn resolve<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => api.pointer(path.strip_prefix('#').unwrap()).unwrap(),
        None => schema,
    }
}

/// Names of a schema's fields, those of its parts among them.
fn fields(api: &Value, schema: &Value, into: &mut BTreeSet<String>) {
    let schema = resolve(api, schema);
    if let Some(own) = schema["properties"].as_object() {
        into.extend(own.keys().cloned());
    }
    for several in ["allOf", "oneOf", "anyOf"] {
        for part in schema[several].as_array().into_iter().flatten() {
            fields(api, part, into);
        }
    }
}

/// Whether a value is as a schema says; where not, why.
fn fits(api: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = resolve(api, schema);
    let each = |name: &str| schema[name].as_array().cloned().unwrap_or_default();
    for part in each("allOf") {
        fits(api, &part, value)?;
    }
    let one = [each("oneOf"), each("anyOf")].concat();
    if !one.is_empty() && one.iter().all(|part| fits(api, part, value).is_err()) {
        return Err(format!("{value} is none of {one:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = match &schema["type"] {
        Value::Null => Vec::new(),
        Value::Array(kinds) => kinds.clone(),
        one => vec![one.clone()],
    };
    let is = |have: &Value| have == kind || (have == "number" && kind == "integer");
    if !kinds.is_empty() && !kinds.iter().any(is) {
        return Err(format!("{value} is {kind}, not {kinds:?}"));
    }
    for name in each("required") {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("no {name} in {value}"));
        }
    }
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            fits(api, part, value)?;
        }
    }
    if schema["items"].is_object() {
        for value in value.as_array().into_iter().flatten() {
            fits(api, &schema["items"], value)?;
        }
    }
    Ok(())
}

/// Holds an answer to what is said of it.
fn hold(api: &Value, method: &str, path: &str, reply: &Reply) {
    let responses = &api["paths"][path][method]["responses"];
    let response = &responses[reply.status.to_string()];
    assert!(response.is_object(), "{method} {path}: {}", reply.status);
    let kind = reply
        .header("content-type")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let content = &response["content"][kind];
    assert!(
        content.is_object(),
        "{method} {path}: {} {kind}",
        reply.status
    );
    if kind == "application/json" {
        let value = reply.json(reply.status);
        if let Err(why) = fits(api, &content["schema"], &value) {
            panic!("{method} {path}: {why}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(api: &Value, value: &Value, seen: &mut usize) {
        match value {
            Value::Object(entries) => {
                if entries.contains_key("$ref") {
                    resolve(api, value);
                    *seen += 1;
                }
                entries.values().for_each(|value| walk(api, value, seen));
            }
            Value::Array(list) => list.iter().for_each(|value| walk(api, value, seen)),
            _ => {}
        }
    }
    let api = api();
    let mut seen = 0;
    walk(&api, &api, &mut seen);
    assert!(seen > 20, "{seen}");
    assert_eq!(api["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_path_is_answered_and_every_field_described() {
    let api = api();
    let paths = api["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 12);
    let line = sample("line-7210414959.png");
    let tensor = json!({"inputs": [{"name": "images", "shape": [1, 28, 28],
        "datatype": "UINT8", "data": vec![0; 784]}]});
    let tensor = serde_json::to_vec(&tensor).unwrap();
    for (path, methods) in paths {
        let at = path.replace("{model}", "pairs");
        if methods.get("get").is_some() {
            let reply = get(address(), &at);
            assert_eq!(reply.status, 200, "{path}");
            hold(&api, "get", path, &reply);
            let other = path.replace("{model}", "no-such-model");
            hold(&api, "get", path, &get(address(), &other));
        } else {
            let form = form(&[("file", "a.png", &line), ("file", "b.png", b"bad")]);
            let good: (&[(&str, &str)], &[u8]) = match path.as_str() {
                "/v1/read" => (&[], &line),
                "/v1/read/batch" => (&[FORM], &form),
                _ => (&[], &tensor),
            };
            for (status, (headers, body)) in
                [(200, good), (400, (&[][..], &b"nothing that fits"[..]))]
            {
                let reply = post(address(), &at, headers, body);
                assert_eq!(
                    reply.status == 200,
                    status == 200,
                    "{path}: {}",
                    reply.status
                );
                hold(&api, "post", path, &reply);
            }
        }
    }
    let reply = post(
        address(),
        "/v1/read?runner_up=true&length=1-10",
        &[],
        &sample("line-7210414959.png"),
    );
    let record = reply.json(200);
    let described = &api["paths"]["/v1/read"]["post"]["responses"]["200"]["content"];
    let mut known = BTreeSet::new();
    fields(&api, &described["application/json"]["schema"], &mut known);
    for name in record.as_object().unwrap().keys() {
        assert!(known.contains(name), "{name} in {known:?}");
    }
    for (schema, value) in [
        ("Number", &record["numbers"][0]),
        ("Digit", &record["numbers"][0]["digits"][0]),
        ("RunnerUp", &record["runner_up"]),
    ] {
        let mut known = BTreeSet::new();
        fields(&api, &api["components"]["schemas"][schema], &mut known);
        for name in value.as_object().unwrap().keys() {
            assert!(known.contains(name), "{schema}.{name} in {known:?}");
        }
    }
}
