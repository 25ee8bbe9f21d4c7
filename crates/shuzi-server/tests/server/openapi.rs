//! The description, held to what is answered.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::{address, get, post, sample};

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
    for (path, methods) in paths {
        let path = path.replace("{model}", "pairs");
        for method in methods.as_object().unwrap().keys() {
            let reply = match method.as_str() {
                "get" => get(address(), &path),
                _ => post(address(), &path, &[], b"nothing that fits"),
            };
            let known = methods[method]["responses"].as_object().unwrap();
            let status = reply.status.to_string();
            assert!(known.contains_key(&status), "{method} {path}: {status}");
            assert_ne!(reply.status, 404, "{path}");
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
        ("Digit", &record["digits"][0]),
        ("RunnerUp", &record["runner_up"]),
    ] {
        let mut known = BTreeSet::new();
        fields(&api, &api["components"]["schemas"][schema], &mut known);
        for name in value.as_object().unwrap().keys() {
            assert!(known.contains(name), "{schema}.{name} in {known:?}");
        }
    }
}
