//! The code on a page that says what it is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What the code on a page says: form, version, page and serial.
///
/// ```
/// use shuzi_forms::print::PageCode;
///
/// let code = PageCode { form: "meter".into(), version: 1, page: 2, serial: Some(17) };
/// assert_eq!(code.to_string(), "shuzi:meter:1:2:17");
/// assert_eq!("shuzi:meter:1:2:17".parse::<PageCode>()?, code);
/// # Ok::<(), shuzi_forms::print::CodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PageCode {
    /// The form's name.
    pub form: String,
    /// Its version.
    pub version: u32,
    /// Which page, from 1.
    pub page: u32,
    /// Which sheet of many, if they are numbered.
    pub serial: Option<u32>,
}

/// A code says something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a code like shuzi:FORM:1:1:17")]
pub struct CodeError;

impl fmt::Display for PageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shuzi:{}:{}:{}", self.form, self.version, self.page)?;
        match self.serial {
            Some(serial) => write!(f, ":{serial}"),
            None => Ok(()),
        }
    }
}

impl FromStr for PageCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let parts: Vec<&str> = text.split(':').collect();
        let number = |text: &&str| text.parse::<u32>().map_err(|_| CodeError);
        let ["shuzi", form, version, page, serial @ ..] = parts.as_slice() else {
            return Err(CodeError);
        };
        let serial = match serial {
            [] => None,
            [serial] => Some(number(serial)?),
            _ => return Err(CodeError),
        };
        Ok(Self {
            form: (*form).to_owned(),
            version: number(version)?,
            page: number(page)?,
            serial,
        })
    }
}
