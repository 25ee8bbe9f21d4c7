//! Names of fields, one or a range of them.

use super::TemplateError;

/// Most fields that a range may name.
const MOST: u32 = 1000;

/// `q1..40` as `q1`, `q2` … `q40`; `q01..40` keeps the zeros. Other names stand for themselves.
pub(super) fn names(name: &str) -> Result<Vec<String>, TemplateError> {
    let wrong = |what: &str| TemplateError::Name {
        name: name.to_owned(),
        why: what.to_owned(),
    };
    let good = |name: &str| {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        !name.is_empty() && name.chars().all(plain)
    };
    let Some((first, last)) = name.split_once("..") else {
        return match good(name) {
            true => Ok(vec![name.to_owned()]),
            false => Err(wrong("expected letters, digits, `.`, `_` and `-`")),
        };
    };
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &first[stem.len()..];
    let range = "expected a range like q1..40";
    let from: u32 = digits.parse().map_err(|_| wrong(range))?;
    let to: u32 = last.parse().map_err(|_| wrong(range))?;
    if !(stem.is_empty() || good(stem)) || to < from || to - from >= MOST {
        return Err(wrong(
            "expected a range like q1..40, of 1000 fields at most",
        ));
    }
    let width = if digits.starts_with('0') {
        digits.len()
    } else {
        1
    };
    let name = |number| format!("{stem}{number:0width$}");
    Ok((from..=to).map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_its_names() {
        assert_eq!(names("A1.L").unwrap(), ["A1.L"]);
        assert_eq!(names("q1..3").unwrap(), ["q1", "q2", "q3"]);
        assert_eq!(names("q09..10").unwrap(), ["q09", "q10"]);
        assert_eq!(names("q1..1").unwrap(), ["q1"]);
        for bad in ["", "a b", "q..3", "q3..1", "q1..x", "q1..2000", "é\n"] {
            assert!(names(bad).is_err(), "{bad}");
        }
    }
}
