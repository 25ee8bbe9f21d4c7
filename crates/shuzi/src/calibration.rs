//! How often what the shipped networks read is wrong.

use shuzi_reader::calibration::Calibration;

/// That of the shipped networks, on made pages whose digits trained nothing: 3 writers of
/// numbers-ch and a pen.
///
/// ```
/// let calibration = shuzi::shipped_calibration();
/// assert!(calibration.threshold(0.01)? < 1.0);
/// # Ok::<(), shuzi::CalibrationError>(())
/// ```
pub fn shipped_calibration() -> Calibration {
    let json = include_str!("../data/calibration.json");
    // It is read in a test: without points no error can be shown.
    serde_json::from_str(json).unwrap_or_default()
}
