//! What was read of a file, as JSON has it.

use serde::{Deserialize, Serialize};

use crate::reading::Reading;

/// Which page of a file that has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PageNumber {
    /// Which, from 1.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub page: usize,
    /// Of how many.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub pages: usize,
}

/// What was read of an image, or why nothing was.
///
/// ```
/// use shuzi_reader::{Reading, Record};
///
/// let read = Record::new("a.png".into(), None, Ok::<_, String>(Reading::nothing()));
/// assert_eq!(read.error, None);
/// let failed = Record::new("b.png".into(), None, Err("no image"));
/// assert_eq!(failed.error.as_deref(), Some("no image"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Record {
    /// The image's name.
    pub file: String,
    /// Of a TIFF with several pages, which, from 1, and of how many.
    #[serde(flatten)]
    // Flattened: its fields are there or not.
    #[cfg_attr(feature = "openapi", schema(value_type = PageNumber))]
    pub page: Option<PageNumber>,
    /// What was read; nothing of an image that can't be.
    #[serde(flatten)]
    pub reading: Reading,
    /// Why the image can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Record {
    /// The record of a reading, or of why there is none.
    pub fn new(
        file: String,
        page: Option<PageNumber>,
        read: Result<Reading, impl Into<String>>,
    ) -> Self {
        let (reading, error) = match read {
            Ok(reading) => (reading, None),
            Err(error) => (Reading::nothing(), Some(error.into())),
        };
        Self {
            file,
            page,
            reading,
            error,
        }
    }
}
