//! A temperature, as the command line gives it.

/// A number above 0.
pub(crate) fn temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(value) if value > 0.0 && f32::is_finite(value) => Ok(value),
        _ => Err("expected a number above 0".into()),
    }
}
