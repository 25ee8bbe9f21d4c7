//! All that can be tuned in the stages of a reading, a struct a stage.
//!
//! Each stage's struct is defined in its folder and made of those of its rules, which are defined
//! beside the code that uses them. A rule that reading could do without is an `Option`: `None`,
//! in JSON `null`, switches it off. As JSON any field may be left out, which then has its default;
//! one that is not known is an error.
//!
//! ```
//! use shuzi_reader::{ReaderConfig, StageParams};
//!
//! let json = r#"{"binarize": {"weak": null}, "segment": {"components": {"least_side": 10}}}"#;
//! let params: StageParams = serde_json::from_str(json)?;
//! assert!(params.binarize.weak.is_none() && params.binarize.page_crop.is_some());
//! let config = ReaderConfig { params, ..ReaderConfig::default() };
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    account::AccountParams, binarize::BinarizeParams, classify::ClassifyParams,
    decode::params::DecodeParams, form_removal::FormRemovalParams, image::enlarge::ImageParams,
    recognize::window::WindowParams, segment::SegmentParams,
};

/// What can be tuned in each stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StageParams {
    /// What is done with decoded pixels.
    pub image: ImageParams,
    /// Grey pixels to ink.
    pub binarize: BinarizeParams,
    /// Ink to ink without print.
    pub form_removal: FormRemovalParams,
    /// Ink to everything that may be a digit.
    pub segment: SegmentParams,
    /// What each of that may be.
    pub classify: ClassifyParams,
    /// How lines are cut out for the network that reads them whole.
    pub window: WindowParams,
    /// All that to numbers.
    pub decode: DecodeParams,
    /// What else is on the page.
    pub account: AccountParams,
}
