//! What of templates can't work is told, and their schema is that of the types.

#![allow(clippy::unwrap_used)] // helpers outside #[test] functions

use shuzi_forms::{
    Template,
    template::{LintKind, schema},
};

const FIELD: &str =
    "[[page.field]]\nname = \"n\"\nat = [30, 60]\nshape = { kind = \"boxes\", count = 3 }\n";

/// What is wrong with a form of one A4 page.
fn lints(fields: &str) -> Vec<LintKind> {
    let template = Template::parse(&format!("form = \"f\"\n[[page]]\n{fields}")).unwrap();
    let lints = template.lint(Default::default()).unwrap();
    lints.into_iter().map(|lint| lint.kind).collect()
}

/// Whether a lint is of the kind that is expected.
type IsKind = fn(&LintKind) -> bool;

#[test]
fn a_good_template_has_nothing() {
    assert_eq!(lints(FIELD), []);
}

#[test]
fn each_fault_is_told() {
    let field = |more: &str| format!("{FIELD}\n{more}");
    let at = |at: &str, shape: &str| {
        format!("[[page.field]]\nname = \"m\"\nat = {at}\nshape = {shape}\n")
    };
    let three = "{ kind = \"boxes\", count = 3 }";
    let faults: [(String, IsKind); 16] = [
        (field(FIELD), |kind| matches!(kind, LintKind::Twice(_))),
        (field(&at("[35, 62]", three)), |kind| {
            matches!(kind, LintKind::Overlap(..))
        }),
        (at("[200, 60]", three), |kind| {
            matches!(kind, LintKind::OffPage(_))
        }),
        (
            at("[60, 60]", "{ kind = \"boxes\", count = 3, size = [4, 6] }"),
            |kind| matches!(kind, LintKind::SmallBox { .. }),
        ),
        (at("[13, 16]", three), |kind| {
            matches!(kind, LintKind::QuietZone(..))
        }),
        (at("[60, 60]", "{ kind = \"boxes\", count = 0 }"), |kind| {
            matches!(kind, LintKind::Boxes(..))
        }),
        (
            at(
                "[60, 60]",
                "{ kind = \"grid\", rows = 4000000000, columns = 4000000000 }",
            ),
            |kind| matches!(kind, LintKind::Boxes(..)),
        ),
        (
            at(
                "[60, 60]",
                "{ kind = \"boxes\", count = 3, size = [nan, 9] }",
            ),
            |kind| matches!(kind, LintKind::NoLength(_)),
        ),
        (
            at("[60, 60]", three).replace("\"m\"", "\"q1..4\""),
            |kind| matches!(kind, LintKind::NoStep(_)),
        ),
        (
            format!("{}length = \"4\"\n", at("[60, 60]", three)),
            |kind| matches!(kind, LintKind::TooFewBoxes(..)),
        ),
        (format!("size = [10, 5000]\n{FIELD}"), |kind| {
            matches!(kind, LintKind::PageSize(..))
        }),
        (
            format!(
                "marks = {{ kind = \"corners\", at = [{{ at = [5, 5], size = [4, 4] }}] }}\n{FIELD}"
            ),
            |kind| matches!(kind, LintKind::FewMarks(1)),
        ),
        (
            format!(
                "marks = {{ kind = \"corners\", at = [{{ at = [-5, 5], size = [4, 4] }}] }}\n{FIELD}"
            ),
            |kind| matches!(kind, LintKind::MarkOffPage(..)),
        ),
        (
            format!(
                "marks = {{ kind = \"lines\", lattice = {{ at = [9, 9], size = [90, 90], rows = 2, columns = 9 }} }}\n{FIELD}"
            ),
            |kind| matches!(kind, LintKind::FewLines(2, 9)),
        ),
        (String::new(), |kind| matches!(kind, LintKind::NoField)),
        (format!("{FIELD}[[page]]\n{FIELD}"), |kind| {
            matches!(kind, LintKind::Twice(_))
        }),
    ];
    for (fields, expected) in &faults {
        let found = lints(fields);
        assert!(found.iter().any(expected), "{fields}\n{found:?}");
        assert!(found.iter().all(|kind| !kind.to_string().is_empty()));
    }
    let of = |text: &str| {
        let lints = Template::parse(text)
            .unwrap()
            .lint(Default::default())
            .unwrap();
        lints.into_iter().map(|lint| lint.kind).collect::<Vec<_>>()
    };
    let rule = of(&format!(
        "form = \"f\"\nrules = [\"n == k\"]\n[[page]]\n{FIELD}"
    ));
    assert!(matches!(rule[..], [LintKind::Rule(..)]), "{rule:?}");
    let name = of(&format!("form = \"a b\"\n[[page]]\n{FIELD}"));
    assert!(matches!(name[..], [LintKind::FormName(_)]), "{name:?}");
    assert_eq!(of("form = \"f\"\npage = []"), [LintKind::NoPage]);
}

#[test]
fn what_can_not_be_understood_is_an_error() {
    for (text, word) in [
        ("form = ", "can't be read"),
        ("{ \"form\": 3 }", "can't be read"),
        ("form = \"f\"\ncolour = 3\npage = []", "colour"),
    ] {
        let error = Template::parse(text).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    for (known, word) in [
        ("pattern = \"(\"", "n"),
        ("check = \"mod99\"", "luhn"),
        ("range = \"9..1\"", "n"),
        ("length = \"two\"", "digits"),
        ("list = [\"abc\"]", "abc"),
        ("length = \"2\"\npattern = '\\d{5}'", "contradict"),
    ] {
        let text = format!("form = \"f\"\n[[page]]\n{FIELD}{known}\n");
        let error = Template::checked(&text).unwrap_err().to_string();
        assert!(error.contains(word), "{known}: {error}");
    }
}

#[test]
fn json_is_read_as_toml_is() {
    let toml = Template::parse(include_str!("common/score.toml")).unwrap();
    let json = serde_json::to_string(&toml).unwrap();
    assert_eq!(Template::parse(&json).unwrap(), toml);
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/template.schema.json");
    let ours = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &ours).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap();
    assert!(
        published == ours,
        "if it is meant, run `UPDATE_GOLDEN=1 cargo test -p shuzi-forms`"
    );
}

#[test]
fn templates_of_real_forms_can_work() {
    for text in [
        include_str!("../templates/tally-data.toml"),
        include_str!("../templates/tally-dpr10.toml"),
        include_str!("../templates/tally-pwp.toml"),
    ] {
        let template = Template::checked(text).unwrap();
        assert!(!template.parsed_rules().unwrap().is_empty());
    }
}
