//! What the first bytes of a file and its end tell before it is decoded.

/// A format that is not read, and what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) name: &'static str,
    pub(crate) instead: &'static str,
}

const CONVERT: &str =
    "convert it to PNG or JPEG first, such as by `convert IN png:- | shuzi read -`";
const RENDER: &str = "make an image of each page first, such as by `pdftoppm -r 300 -png IN page`";

/// The brands of ISO base media files that hold a still image (ISO/IEC 23008-12, AVIF 1.1).
const BRANDS: [(&[u8; 4], &str); 8] = [
    (b"avif", "AVIF"),
    (b"avis", "AVIF"),
    (b"heic", "HEIC"),
    (b"heix", "HEIC"),
    (b"hevc", "HEIC"),
    (b"hevx", "HEIC"),
    (b"mif1", "HEIC"),
    (b"msf1", "HEIC"),
];

/// First bytes of other formats (RFC 8118; ISO/IEC 18181-2 and 15444-1; Adobe's PostScript).
const STARTS: [(&[u8], Foreign); 5] = [
    (
        b"%PDF-",
        Foreign {
            name: "PDF",
            instead: RENDER,
        },
    ),
    (
        b"%!PS",
        Foreign {
            name: "PostScript",
            instead: RENDER,
        },
    ),
    (
        b"\xff\x0a",
        Foreign {
            name: "JPEG XL",
            instead: CONVERT,
        },
    ),
    (
        b"\0\0\0\x0cJXL \r\n\x87\n",
        Foreign {
            name: "JPEG XL",
            instead: CONVERT,
        },
    ),
    (
        b"\0\0\0\x0cjP  \r\n\x87\n",
        Foreign {
            name: "JPEG 2000",
            instead: CONVERT,
        },
    ),
];

/// Which format that is not read a file is in, by its first bytes.
pub(crate) fn foreign(start: &[u8]) -> Option<Foreign> {
    if let [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] = start {
        let brand = rest.get(..4)?;
        let known = BRANDS.iter().find(|(known, _)| *known == brand);
        return known.map(|&(_, name)| Foreign {
            name,
            instead: CONVERT,
        });
    }
    let known = STARTS.iter().find(|(known, _)| start.starts_with(known));
    known.map(|&(_, format)| format)
}

/// Whether a JPEG ends before its image does: without the marker of the end (ITU-T T.81, B.1).
/// What is no JPEG does not.
pub(crate) fn jpeg_is_cut_off(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(b"\xff\xd8") else {
        return false;
    };
    // In coded data an FF that is no marker is followed by 0, and restarts are no end.
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    while let Some(at) = rest.windows(2).position(is_marker) {
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            0xd9 => return false,
            // Without parameters.
            0x01 | 0xd8 => {}
            _ => {
                // The segment's length counts its own two bytes; in a thumbnail there are
                // markers, too.
                let length = rest.first_chunk().map(|&length| u16::from_be_bytes(length));
                let length = usize::from(length.unwrap_or(u16::MAX)).max(2);
                let Some(after) = rest.get(length..) else {
                    return true;
                };
                rest = after;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_are_not_read_are_known() {
        let name = |start: &[u8]| foreign(start).map(|format| format.name);
        assert_eq!(name(b"\0\0\0\x18ftypheic\0\0\0\0"), Some("HEIC"));
        assert_eq!(name(b"\0\0\0\x20ftypavif\0\0\0\0"), Some("AVIF"));
        assert_eq!(name(b"%PDF-1.7\n"), Some("PDF"));
        assert_eq!(name(b"\xff\x0a\x00"), Some("JPEG XL"));
        for other in [
            &b""[..],
            b"\0\0\0\x18ftyp",
            b"\0\0\0\x18ftypmp42",
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert_eq!(name(other), None);
        }
    }

    #[test]
    fn a_jpeg_has_to_end() {
        let segment = b"\xff\xe1\0\x06\xff\xd9ab";
        let scan = b"\xff\xda\0\x02\x12\xff\0\x34\xff\xd0\x56";
        let whole = [&b"\xff\xd8"[..], segment, scan, b"\xff\xd9"].concat();
        assert!(!jpeg_is_cut_off(&whole));
        for length in 2..whole.len() {
            assert!(jpeg_is_cut_off(&whole[..length]), "{length}");
        }
        // Bytes after the end, and fill bytes before a marker.
        assert!(!jpeg_is_cut_off(&[&whole[..], b"tail"].concat()));
        assert!(!jpeg_is_cut_off(b"\xff\xd8\xff\xff\xff\xd9"));
        assert!(!jpeg_is_cut_off(b"no JPEG"));
    }
}
