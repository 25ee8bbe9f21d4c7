//! Reading IDX without believing it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::{Error, ErrorKind, IMAGES_MAGIC, Images, LABELS_MAGIC, Labels, MAX_BYTES};

/// Memory taken before the data comes, if the header asks for as much.
const FIRST_RESERVE: u64 = 1 << 16;

/// Reads the images of an IDX file, plain or gzip.
///
/// # Errors
///
/// An [`Error`] that names the file.
pub fn read_images(path: &Path) -> Result<Images, Error> {
    File::open(path)
        .map_err(Error::from)
        .and_then(|file| Images::from_reader(BufReader::new(file)))
        .map_err(|error| error.in_file(path))
}

/// Reads the labels of an IDX file, plain or gzip.
///
/// # Errors
///
/// An [`Error`] that names the file.
pub fn read_labels(path: &Path) -> Result<Labels, Error> {
    File::open(path)
        .map_err(Error::from)
        .and_then(|file| Labels::from_reader(BufReader::new(file)))
        .map_err(|error| error.in_file(path))
}

impl Images {
    /// Reads images to the end of `reader`, plain or gzip. A slice of bytes is a
    /// reader too.
    ///
    /// # Errors
    ///
    /// An [`ErrorKind`] for each way that the data may lie, see there.
    pub fn from_reader(reader: impl BufRead) -> Result<Self, Error> {
        let axes = ["count", "height", "width"];
        let ([_, height, width], pixels) = read(reader, IMAGES_MAGIC, axes)?;
        Self::new(height as usize, width as usize, pixels)
    }
}

impl Labels {
    /// Reads labels to the end of `reader`, plain or gzip. A slice of bytes is a
    /// reader too.
    ///
    /// # Errors
    ///
    /// An [`ErrorKind`] for each way that the data may lie, see there.
    pub fn from_reader(reader: impl BufRead) -> Result<Self, Error> {
        let ([_], values) = read(reader, LABELS_MAGIC, ["count"])?;
        Self::new(values)
    }
}

/// The content of `reader`, unpacked if it begins as gzip does.
pub(crate) fn open_gzip<'a>(mut reader: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    const MAGIC: [u8; 2] = [0x1f, 0x8b];
    // `fill_buf` may give one byte alone, so the two are read and put back.
    let mut start = Vec::with_capacity(2);
    reader.by_ref().take(2).read_to_end(&mut start)?;
    let packed = start == MAGIC;
    let whole = io::Cursor::new(start).chain(reader);
    Ok(if packed {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    })
}

/// Sizes of the named axes and the data.
fn read<const AXES: usize>(
    reader: impl BufRead,
    magic: u32,
    axes: [&'static str; AXES],
) -> Result<([u32; AXES], Vec<u8>), Error> {
    let mut reader = open_gzip(reader)?;
    let found = read_u32(&mut reader, 0, AXES)?;
    if found != magic {
        return Err(ErrorKind::Magic {
            expected: magic,
            found,
        }
        .into());
    }
    let mut sizes = [0; AXES];
    let mut bytes = 1u128; // at most three u32 factors: 96 bits
    for (i, (size, axis)) in sizes.iter_mut().zip(axes).enumerate() {
        *size = read_u32(&mut reader, 4 * (i + 1), AXES)?;
        if *size == 0 {
            return Err(ErrorKind::EmptyAxis { axis }.into());
        }
        bytes *= u128::from(*size);
    }
    if bytes > u128::from(MAX_BYTES) {
        return Err(ErrorKind::TooLarge { bytes }.into());
    }
    let expected = bytes as u64;
    let mut data = Vec::with_capacity(expected.min(FIRST_RESERVE) as usize);
    // One byte more than promised tells trailing data from a true end, and makes
    // gzip check its sum.
    reader.take(expected + 1).read_to_end(&mut data)?;
    let found = data.len() as u64;
    if found < expected {
        return Err(ErrorKind::Truncated { expected, found }.into());
    }
    if found > expected {
        return Err(ErrorKind::Trailing { expected }.into());
    }
    data.shrink_to_fit();
    Ok((sizes, data))
}

/// One number of a header of `axes` axes, of which `before` bytes are read.
fn read_u32(reader: &mut impl Read, before: usize, axes: usize) -> Result<u32, Error> {
    let mut bytes = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut bytes)?;
    match <[u8; 4]>::try_from(bytes) {
        Ok(bytes) => Ok(u32::from_be_bytes(bytes)),
        Err(bytes) => Err(ErrorKind::TruncatedHeader {
            expected: 4 * (axes + 1),
            found: before + bytes.len(),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Compression;
    use super::*;
    use proptest::prelude::*;

    fn header(magic: u32, sizes: &[u32]) -> Vec<u8> {
        let numbers = [&[magic], sizes].concat();
        numbers.into_iter().flat_map(u32::to_be_bytes).collect()
    }

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn encoded(images: &Images, compression: Compression) -> Vec<u8> {
        let mut bytes = Vec::new();
        images.to_writer(&mut bytes, compression).unwrap();
        bytes
    }

    /// Sees how large a buffer the code under test offers: what it allocated.
    struct Watch<'a> {
        bytes: &'a [u8],
        largest: usize,
        taken: usize,
    }

    impl Read for Watch<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.largest = self.largest.max(buffer.len());
            let n = self.bytes.read(buffer)?;
            self.taken += n;
            Ok(n)
        }
    }

    impl BufRead for Watch<'_> {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            Ok(self.bytes)
        }
        fn consume(&mut self, n: usize) {
            self.bytes = &self.bytes[n..];
            self.taken += n;
        }
    }

    fn images_of(bytes: &[u8]) -> Result<Images, ErrorKind> {
        Images::from_reader(bytes).map_err(Error::into_kind)
    }

    #[test]
    fn expected_errors() {
        let good = [header(0x0803, &[1, 2, 2]), vec![1, 2, 3, 4]].concat();
        assert_eq!(images_of(&good).unwrap().pixels(), [1, 2, 3, 4]);
        type Check = fn(&ErrorKind) -> bool;
        let cases: [(&str, Vec<u8>, Check); 10] = [
            ("empty", vec![], |e| {
                matches!(
                    e,
                    ErrorKind::TruncatedHeader {
                        expected: 16,
                        found: 0
                    }
                )
            }),
            ("half a header", good[..9].to_vec(), |e| {
                matches!(
                    e,
                    ErrorKind::TruncatedHeader {
                        expected: 16,
                        found: 9
                    }
                )
            }),
            ("labels", header(0x0801, &[4]), |e| {
                matches!(
                    e,
                    ErrorKind::Magic {
                        expected: 0x0803,
                        found: 0x0801
                    }
                )
            }),
            ("no image", header(0x0803, &[0, 2, 2]), |e| {
                matches!(e, ErrorKind::EmptyAxis { axis: "count" })
            }),
            ("no width", header(0x0803, &[1, 2, 0]), |e| {
                matches!(e, ErrorKind::EmptyAxis { axis: "width" })
            }),
            (
                "overflow",
                header(0x0803, &[u32::MAX; 3]),
                |e| matches!(e, ErrorKind::TooLarge { bytes } if *bytes == u128::from(u32::MAX).pow(3)),
            ),
            ("one short", good[..19].to_vec(), |e| {
                matches!(
                    e,
                    ErrorKind::Truncated {
                        expected: 4,
                        found: 3
                    }
                )
            }),
            ("one over", [&good[..], &[9]].concat(), |e| {
                matches!(e, ErrorKind::Trailing { expected: 4 })
            }),
            ("gzip of one short", pack(&good[..19]), |e| {
                matches!(
                    e,
                    ErrorKind::Truncated {
                        expected: 4,
                        found: 3
                    }
                )
            }),
            (
                "gzip with a tail",
                [pack(&good), vec![7; 9]].concat(),
                |e| matches!(e, ErrorKind::Io(_)),
            ),
        ];
        for (name, bytes, check) in cases {
            let error = images_of(&bytes).unwrap_err();
            assert!(check(&error), "{name}: {error:?}");
        }
    }

    #[test]
    fn a_wrong_gzip_sum_is_an_error() {
        let mut bytes = pack(&[header(0x0801, &[3]), vec![1, 2, 3]].concat());
        let sum = bytes.len() - 8;
        bytes[sum] ^= 1;
        let error = Labels::from_reader(&bytes[..]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io(_)), "{error:?}");
    }

    #[test]
    fn a_gzip_bomb_is_left_at_the_promised_end() {
        let bomb = pack(&[header(0x0801, &[10]), vec![0; 1 << 26]].concat());
        let mut watch = Watch {
            bytes: &bomb,
            largest: 0,
            taken: 0,
        };
        let error = Labels::from_reader(&mut watch).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Trailing { expected: 10 }));
        assert!(
            watch.taken < bomb.len(),
            "took all of {} bytes",
            watch.taken
        );
    }

    #[test]
    fn a_lying_header_gets_no_memory() {
        // The largest size that is allowed at all, and ten bytes behind it.
        let bytes = [header(0x0801, &[1 << 30]), vec![0; 10]].concat();
        let mut watch = Watch {
            bytes: &bytes,
            largest: 0,
            taken: 0,
        };
        let error = Labels::from_reader(&mut watch).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::Truncated { found: 10, .. }
        ));
        assert!(
            watch.largest <= FIRST_RESERVE as usize + 64,
            "{}",
            watch.largest
        );
    }

    #[test]
    fn errors_name_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("labels");
        std::fs::write(&path, header(0x0801, &[4])).unwrap();
        let error = read_labels(&path).unwrap_err();
        assert_eq!(error.file(), Some(&*path));
        assert_eq!(
            error.to_string(),
            format!(
                "{}: data ends too soon: expected 4 bytes, found 0",
                path.display()
            )
        );
        let missing = directory.path().join("missing");
        let error = read_images(&missing).unwrap_err();
        assert_eq!(error.file(), Some(&*missing));
    }

    fn any_images() -> impl Strategy<Value = Images> {
        (1..4usize, 1..6usize, 1..6usize).prop_flat_map(|(n, h, w)| {
            prop::collection::vec(any::<u8>(), n * h * w)
                .prop_map(move |pixels| Images::new(h, w, pixels).unwrap())
        })
    }

    proptest! {
        #[test]
        fn images_come_back(images in any_images(), gzip: bool) {
            let compression = if gzip { Compression::Gzip } else { Compression::None };
            let bytes = encoded(&images, compression);
            prop_assert_eq!(Images::from_reader(&bytes[..]).unwrap(), images);
        }

        #[test]
        fn labels_come_back(values in prop::collection::vec(any::<u8>(), 1..99), gzip: bool) {
            let labels = Labels::new(values).unwrap();
            let compression = if gzip { Compression::Gzip } else { Compression::None };
            let mut bytes = Vec::new();
            labels.to_writer(&mut bytes, compression).unwrap();
            prop_assert_eq!(Labels::from_reader(&bytes[..]).unwrap(), labels);
        }

        #[test]
        fn arbitrary_bytes_never_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            start in 0..3usize,
        ) {
            let start = [&[][..], &[0, 0, 8, 3, 0, 0, 0][..], &[0x1f, 0x8b, 8][..]][start];
            let bytes = [start, &bytes].concat();
            let _ = Images::from_reader(&bytes[..]);
            let _ = Labels::from_reader(&bytes[..]);
        }

        #[test]
        fn every_truncation_is_an_error(images in any_images(), gzip: bool) {
            let compression = if gzip { Compression::Gzip } else { Compression::None };
            let bytes = encoded(&images, compression);
            for end in 0..bytes.len() {
                prop_assert!(Images::from_reader(&bytes[..end]).is_err(), "cut at {}", end);
            }
        }

        #[test]
        fn a_flipped_header_bit_is_an_error_without_memory(
            images in any_images(),
            bit in 0..128usize,
        ) {
            let mut bytes = encoded(&images, Compression::None);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut watch = Watch { bytes: &bytes, largest: 0, taken: 0 };
            prop_assert!(Images::from_reader(&mut watch).is_err());
            prop_assert!(watch.largest <= FIRST_RESERVE as usize + 64);
        }
    }
}
