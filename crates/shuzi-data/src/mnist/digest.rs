//! SHA-256 values.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 value; displayed as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A value written in the source; anything but 64 hexadecimal digits does
    /// not compile.
    pub(crate) const fn pinned(hex: &str) -> Self {
        let text = hex.as_bytes();
        assert!(text.len() == 64);
        let mut bytes = [0; 32];
        let mut i = 0;
        while i < 32 {
            bytes[i] = 16 * hex_value(text[2 * i]) + hex_value(text[2 * i + 1]);
            i += 1;
        }
        Self(bytes)
    }
}

const fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("not a lower-case hexadecimal digit"),
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_value() {
        // printf abc | sha256sum
        const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc"), Digest::pinned(ABC));
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
    }
}
