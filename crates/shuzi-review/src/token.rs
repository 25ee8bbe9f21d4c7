//! Secrets by which a client says who it is. Only their hashes are kept.

use std::fmt::{self, Display, Formatter};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Fewest characters of a token: of letters and digits, 95 bits.
pub const FEWEST: usize = 16;

/// Most characters of a token.
pub const MOST: usize = 512;

/// Bytes of a hash.
const BYTES: usize = 32;

/// How a hash is written.
const PREFIX: &str = "sha256:";

/// The SHA-256 of a token.
///
/// ```
/// use shuzi_review::TokenHash;
///
/// let hash = TokenHash::of("correct-horse-battery")?;
/// assert!(hash.admits(b"correct-horse-battery"));
/// assert!(!hash.admits(b"correct-horse"));
/// # Ok::<(), shuzi_review::TokenError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; BYTES]);

/// Why a token or a hash is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It can be guessed, or is no token.
    #[error("expected a token of {FEWEST} to {MOST} characters, got {got}")]
    Length {
        /// Its length.
        got: usize,
    },
    /// It can't stand in a header.
    #[error("expected a token of visible ASCII characters without spaces")]
    Characters,
    /// That is no hash.
    #[error("expected {PREFIX} and 64 hexadecimal digits")]
    Hash,
}

impl TokenHash {
    /// The hash of a token.
    ///
    /// # Errors
    /// If it is too short, or has what can't stand in a header.
    pub fn of(token: &str) -> Result<Self, TokenError> {
        let got = token.chars().count();
        if !(FEWEST..=MOST).contains(&got) {
            return Err(TokenError::Length { got });
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        Ok(Self(digest(token.as_bytes())))
    }

    /// A hash as it is written: `sha256:` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let digits = text.strip_prefix(PREFIX).ok_or(TokenError::Hash)?;
        if digits.len() != 2 * BYTES || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(TokenError::Hash);
        }
        let mut hash = [0; BYTES];
        for (place, byte) in hash.iter_mut().enumerate() {
            let pair = &digits[2 * place..2 * place + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| TokenError::Hash)?;
        }
        Ok(Self(hash))
    }

    /// Whether these bytes are the token; how long that takes says nothing of it.
    pub fn admits(&self, token: &[u8]) -> bool {
        // Whoever sends more has no token.
        let sent = &token[..token.len().min(MOST + 1)];
        digest(sent).ct_eq(&self.0).into()
    }
}

fn digest(bytes: &[u8]) -> [u8; BYTES] {
    Sha256::digest(bytes).into()
}

impl Display for TokenHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_admitted() {
        let token = "0123456789abcdef";
        let hash = TokenHash::of(token).unwrap();
        assert!(hash.admits(token.as_bytes()));
        for other in [
            "",
            "0123456789abcdeF",
            "0123456789abcdef ",
            "0123456789abcde",
        ] {
            assert!(!hash.admits(other.as_bytes()), "{other}");
        }
        assert!(!hash.admits(&[b'0'; 100_000]));
    }

    #[test]
    fn hashes_are_written_as_they_are_read() {
        let hash = TokenHash::of("0123456789abcdef").unwrap();
        let text = hash.to_string();
        // printf 0123456789abcdef | sha256sum
        let sum = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";
        assert_eq!(text, format!("sha256:{sum}"));
        assert_eq!(TokenHash::parse(&text), Ok(hash));
        for wrong in [
            sum,
            "sha256:",
            &text[..70],
            &text.replace('9', "é"),
            "sha256:+f",
        ] {
            assert_eq!(TokenHash::parse(wrong), Err(TokenError::Hash), "{wrong}");
        }
    }

    #[test]
    fn what_is_guessed_or_not_sent_is_no_token() {
        let short = TokenHash::of("0123456789abcde").unwrap_err();
        assert_eq!(short, TokenError::Length { got: 15 });
        let long = TokenHash::of(&"a".repeat(MOST + 1)).unwrap_err();
        assert_eq!(long, TokenError::Length { got: MOST + 1 });
        for wrong in [
            "0123456789 abcdef",
            "0123456789abcdef\n",
            "数字数字数字数字数字数字数字数字",
        ] {
            assert_eq!(TokenHash::of(wrong), Err(TokenError::Characters), "{wrong}");
        }
    }

    #[test]
    fn nothing_of_it_reaches_a_log() {
        let hash = TokenHash::of("0123456789abcdef").unwrap();
        assert_eq!(format!("{hash:?}"), "TokenHash(…)");
    }
}
