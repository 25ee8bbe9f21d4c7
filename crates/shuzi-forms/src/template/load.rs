//! Templates as files.

use schemars::schema_for;

use super::{Template, lint::LintKind, rule::RuleError};

/// Why a text is no template.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// It is no TOML, or holds what no template has.
    #[error("the template can't be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// It is no JSON, or holds what no template has.
    #[error("the template can't be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A field has no such name.
    #[error("field {name:?}: {why}")]
    Name {
        /// The name.
        name: String,
        /// What was expected.
        why: String,
    },
    /// What is known of a field can't be used.
    #[error("field {name:?}: {why}")]
    Field {
        /// The field.
        name: String,
        /// What was expected, what came.
        why: String,
    },
    /// A rule can't be read.
    #[error("rule {rule:?}: {source}")]
    Rule {
        /// The rule.
        rule: String,
        /// Why not.
        source: RuleError,
    },
    /// Something of it can't work on paper.
    #[error("{}", lints(.0))]
    Lint(Vec<LintKind>),
}

fn lints(kinds: &[LintKind]) -> String {
    let each: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    each.join("; ")
}

impl Template {
    /// Reads TOML, or JSON if it begins with `{`.
    ///
    /// # Errors
    /// If it is neither, or has something that no template has.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.trim_start().starts_with('{') {
            Ok(serde_json::from_str(text)?)
        } else {
            Ok(toml::from_str(text)?)
        }
    }

    /// Reads a template and checks that it can work: nothing that `forms check` calls an error
    /// is in it.
    ///
    /// # Errors
    /// If it can't be read, or has such errors.
    pub fn checked(text: &str) -> Result<Self, TemplateError> {
        let template = Self::parse(text)?;
        let errors: Vec<LintKind> = template
            .lint(Default::default())?
            .into_iter()
            .map(|lint| lint.kind)
            .filter(LintKind::is_error)
            .collect();
        if errors.is_empty() {
            Ok(template)
        } else {
            Err(TemplateError::Lint(errors))
        }
    }
}

/// The JSON schema of templates.
pub fn schema() -> schemars::Schema {
    schema_for!(Template)
}
