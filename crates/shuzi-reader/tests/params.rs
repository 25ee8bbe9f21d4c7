//! What can be tuned: as JSON and back, what is no parameter, and every rule switched off.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

mod common;

use std::fs;

use common::{reader, sample};
use serde_json::Value;
use shuzi_reader::{ReaderConfig, StageParams};

/// Names of all parameters, as JSON pointers, structs of parameters among them.
fn names(params: &Value, prefix: &str) -> Vec<String> {
    let Some(fields) = params.as_object() else {
        return Vec::new();
    };
    let of_field = |(name, value): (&String, &Value)| {
        let name = format!("{prefix}/{name}");
        let within = names(value, &name);
        [vec![name], within].concat()
    };
    fields.iter().flat_map(of_field).collect()
}

/// The default with one parameter set, if that may be so.
fn with(name: &str, value: Value) -> Result<StageParams, serde_json::Error> {
    let mut params = serde_json::to_value(StageParams::default())?;
    *params.pointer_mut(name).unwrap() = value;
    serde_json::from_value(params)
}

/// Names of the rules that may be off.
fn rules() -> Vec<String> {
    let params = serde_json::to_value(StageParams::default()).unwrap();
    let all = names(&params, "").into_iter();
    all.filter(|name| with(name, Value::Null).is_ok()).collect()
}

#[test]
fn parameters_are_as_json_what_they_were() {
    let params = StageParams::default();
    let json = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<StageParams>(&json).unwrap(), params);
    // What is left out has its default.
    assert_eq!(serde_json::from_str::<StageParams>("{}").unwrap(), params);
    let least_side = "/segment/components/least_side";
    let other = with(least_side, 11.into()).unwrap();
    assert_eq!(other.segment.components.least_side, 11);
    assert_ne!(other, params);
}

#[test]
fn what_is_no_parameter_is_refused_by_its_name() {
    let params = serde_json::to_value(StageParams::default()).unwrap();
    let structs = names(&params, "").into_iter();
    let structs = structs.filter(|name| params.pointer(name).is_some_and(Value::is_object));
    let mut refused = 0;
    for name in structs.chain([String::new()]) {
        let mut params = params.clone();
        let fields = params.pointer_mut(&name).unwrap().as_object_mut().unwrap();
        fields.insert("sharpnes".to_owned(), 1.into());
        let error = serde_json::from_value::<StageParams>(params).unwrap_err();
        assert!(error.to_string().contains("`sharpnes`"), "{name}: {error}");
        refused += 1;
    }
    assert!(refused > 30, "{refused}");
}

#[test]
fn each_rule_may_be_off_and_a_line_is_still_read() {
    let rules = rules();
    for known in [
        "/image/enlargement",
        "/binarize/page_crop",
        "/binarize/illumination",
        "/binarize/background",
        "/binarize/threshold/faint",
        "/binarize/weak",
        "/binarize/surroundings",
        "/form_removal/boxes",
        "/form_removal/ruled_lines",
        "/form_removal/ruled_lines/slimmest_faint",
        "/form_removal/dotted_lines",
        "/segment/components/parts",
        "/segment/midline/points",
        "/segment/over_segmentation/slant",
        "/segment/over_segmentation/seams",
        "/segment/over_segmentation/joined",
        "/classify/bigram/wide",
        "/classify/bigram/doubtful",
        "/classify/segment_model/geometry",
    ] {
        assert!(rules.iter().any(|rule| rule == known), "{known}: {rules:?}");
    }
    let line = fs::read(sample("line-0690.pgm")).unwrap();
    let mut reader = reader(ReaderConfig::default());
    for rule in rules {
        let config = ReaderConfig {
            params: with(&rule, Value::Null).unwrap(),
            ..ReaderConfig::default()
        };
        reader.reconfigure(config).unwrap();
        assert_eq!(reader.read(&line).unwrap().text, "0690", "{rule}");
    }
}
