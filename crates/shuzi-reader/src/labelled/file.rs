//! The file of labelled lines: columns in the safetensors format.
//!
//! | column | shape | what |
//! |---|---|---|
//! | `crops` | u8 `[pieces, 28, 28]` | what each piece shows |
//! | `ends` | i32 `[pieces, 2]` | the places before and after it |
//! | `evidence` | f32 `[pieces, 11]` | what size, place and cuts say for each digit and for none |
//! | `arcs` | i32 `[lines]` | how many pieces a line has |
//! | `places` | i32 `[lines]` | how many places |
//! | `lengths` | i32 `[lines]` | how many digits |
//! | `digits` | u8 `[digits]` | the digits of all lines |
//! | `weights` | f32 `[features]` | the weights of the evidence, those of the network's probabilities among them |
//!
//! Its metadata has the names of the features, one on each line.

use std::{collections::HashMap, fs, io, path::Path, sync::Arc};

use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};

use super::{LabelledLine, LabelledLines, LinesError, Piece};
use crate::{
    classify::crop::SIDE, classify::segment_model::FEATURE_COUNT,
    classify::segment_model::FEATURE_NAMES, classify::segment_model::WEIGHTS, lattice::ANSWERS,
};

impl LabelledLines {
    /// Writes the lines to a file.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, path: &Path) -> Result<(), LinesError> {
        let pieces = || self.lines.iter().flat_map(|line| &line.pieces);
        let counts = |of: fn(&LabelledLine) -> usize| {
            let counts = self.lines.iter().map(|line| of(line) as i32);
            bytes(counts, i32::to_le_bytes)
        };
        let ends = pieces().flat_map(|piece| [piece.from, piece.to]);
        let ends = bytes(ends.map(|place| place as i32), i32::to_le_bytes);
        let evidence = bytes(pieces().flat_map(|piece| piece.evidence), f32::to_le_bytes);
        let arcs = counts(|line| line.pieces.len());
        let places = counts(|line| line.places);
        let lengths = counts(|line| line.digits.len());
        let digits: Vec<u8> = self
            .lines
            .iter()
            .flat_map(|line| &line.digits)
            .copied()
            .collect();
        let weights = bytes(weights().into_iter(), f32::to_le_bytes);
        let (n, lines) = (self.pieces(), self.lines.len());
        let columns = [
            (
                "crops",
                Dtype::U8,
                vec![n, SIDE, SIDE],
                self.crops.as_slice(),
            ),
            ("ends", Dtype::I32, vec![n, 2], &ends),
            ("evidence", Dtype::F32, vec![n, ANSWERS], &evidence),
            ("arcs", Dtype::I32, vec![lines], &arcs),
            ("places", Dtype::I32, vec![lines], &places),
            ("lengths", Dtype::I32, vec![lines], &lengths),
            ("digits", Dtype::U8, vec![digits.len()], &digits),
            ("weights", Dtype::F32, vec![FEATURE_COUNT], &weights),
        ];
        let columns: Result<Vec<_>, _> = columns
            .into_iter()
            .map(|(name, dtype, shape, data)| Ok((name, TensorView::new(dtype, shape, data)?)))
            .collect();
        let metadata = HashMap::from([("features".to_owned(), FEATURE_NAMES.join("\n"))]);
        columns
            .and_then(|columns| safetensors::serialize_to_file(columns, Some(metadata), path))
            .map_err(|source| failed(path, source))
    }

    /// Adds the lines of a file.
    ///
    /// # Errors
    /// If it can't be read or is not what [`LabelledLines::write`] writes by the weights
    /// of this version; nothing is added then.
    pub fn read(&mut self, path: &Path) -> Result<(), LinesError> {
        let file = fs::read(path).map_err(|source| io_error(path, source))?;
        let tensors = SafeTensors::deserialize(&file).map_err(|source| failed(path, source))?;
        let columns = Columns { path, tensors };
        let arcs = columns.counts("arcs", None)?;
        let lines = arcs.len();
        let places = columns.counts("places", Some(lines))?;
        let lengths = columns.counts("lengths", Some(lines))?;
        let total = |counts: &[usize]| counts.iter().fold(0usize, |sum, &n| sum.saturating_add(n));
        let pieces = total(&arcs);
        let crops = columns.column("crops", Dtype::U8, &[pieces, SIDE, SIDE])?;
        let ends = columns.column("ends", Dtype::I32, &[pieces, 2])?;
        let evidence = columns.column("evidence", Dtype::F32, &[pieces, ANSWERS])?;
        let digits = columns.column("digits", Dtype::U8, &[total(&lengths)])?;
        let made_by = columns.column("weights", Dtype::F32, &[FEATURE_COUNT])?;
        if made_by != bytes(weights().into_iter(), f32::to_le_bytes) {
            let path = path.to_owned();
            return Err(LinesError::Weights { path });
        }
        let mut ends = words(ends).map(|bytes| place(i32::from_le_bytes(bytes)));
        let mut values = words(evidence).map(f32::from_le_bytes);
        let mut piece = || Piece {
            from: ends.next().unwrap_or_default(),
            to: ends.next().unwrap_or_default(),
            evidence: std::array::from_fn(|_| values.next().unwrap_or_default()),
        };
        let mut digits = digits.iter().copied();
        let mut read = Vec::with_capacity(lines);
        for (line, ((&arcs, &places), &length)) in
            arcs.iter().zip(&places).zip(&lengths).enumerate()
        {
            let pieces: Vec<_> = (0..arcs).map(|_| piece()).collect();
            let finite = pieces
                .iter()
                .all(|piece| piece.evidence.iter().all(|log| log.is_finite()));
            // More places than pieces lead to can't be: they are not made room for.
            let reached = places
                <= pieces
                    .iter()
                    .map(|piece| piece.to.saturating_add(1))
                    .max()
                    .unwrap_or(1);
            let digits = digits.by_ref().take(length).collect();
            let labelled = (finite && reached)
                .then(|| LabelledLine::new(places, pieces, digits))
                .flatten();
            read.push(labelled.ok_or_else(|| LinesError::Line {
                path: path.to_owned(),
                line,
            })?);
        }
        Arc::make_mut(&mut self.crops).extend(crops);
        self.lines.append(&mut read);
        Ok(())
    }
}

/// The columns of a file.
struct Columns<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
}

impl<'a> Columns<'a> {
    /// Bytes of a column of this type and shape.
    fn column(
        &self,
        name: &'static str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<&'a [u8], LinesError> {
        let tensor = self
            .tensors
            .tensor(name)
            .map_err(|source| failed(self.path, source))?;
        if (tensor.dtype(), tensor.shape()) == (dtype, shape) {
            return Ok(tensor.data());
        }
        Err(LinesError::Column {
            path: self.path.to_owned(),
            column: name,
            expected: format!("{dtype:?} {shape:?}"),
            got: format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
        })
    }

    /// A column of counts, so many if it is known.
    fn counts(&self, name: &'static str, lines: Option<usize>) -> Result<Vec<usize>, LinesError> {
        let tensor = self
            .tensors
            .tensor(name)
            .map_err(|source| failed(self.path, source))?;
        let lines = lines.unwrap_or_else(|| tensor.shape().first().copied().unwrap_or_default());
        let column = self.column(name, Dtype::I32, &[lines])?;
        Ok(words(column)
            .map(|bytes| place(i32::from_le_bytes(bytes)))
            .collect())
    }
}

/// A count or place of a file; one below 0 becomes one that can't be.
fn place(value: i32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn weights() -> [f32; FEATURE_COUNT] {
    WEIGHTS.map(|weight| weight as f32)
}

/// Little-endian.
fn bytes<T>(values: impl Iterator<Item = T>, of: fn(T) -> [u8; 4]) -> Vec<u8> {
    values.flat_map(of).collect()
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> + '_ {
    bytes.chunks_exact(4).map(|word| {
        let mut array = [0; 4];
        array.copy_from_slice(word);
        array
    })
}

fn io_error(path: &Path, source: io::Error) -> LinesError {
    LinesError::Io {
        path: path.to_owned(),
        source,
    }
}

fn failed(path: &Path, source: SafeTensorError) -> LinesError {
    match source {
        SafeTensorError::IoError(source) => io_error(path, source),
        source => LinesError::Format {
            path: path.to_owned(),
            source,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines() -> LabelledLines {
        let piece = |from, to, log| Piece {
            from,
            to,
            evidence: [log; ANSWERS],
        };
        let of = |places, pieces, digits| LabelledLine::new(places, pieces, digits).unwrap();
        let lines = vec![
            of(
                3,
                vec![piece(0, 1, 0.5), piece(0, 2, -1.0), piece(1, 2, 2.0)],
                vec![4, 2],
            ),
            of(2, vec![piece(0, 1, 1.5)], vec![]),
        ];
        LabelledLines {
            crops: Arc::new((0..4 * SIDE * SIDE).map(|at| at as u8).collect()),
            lines,
        }
    }

    #[test]
    fn what_was_written_is_read_and_added() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.safetensors");
        lines().write(&path).unwrap();
        let mut read = LabelledLines::default();
        read.read(&path).unwrap();
        assert_eq!(read, lines());
        read.read(&path).unwrap();
        assert_eq!((read.lines().len(), read.pieces()), (4, 8));
        assert_eq!(read.lines()[3], lines().lines[1]);
    }

    #[test]
    fn what_is_unsound_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.safetensors");
        let error = |change: &dyn Fn(&mut LabelledLines)| {
            let mut changed = lines();
            change(&mut changed);
            changed.write(&path).unwrap();
            let mut read = lines();
            let error = read.read(&path).unwrap_err();
            assert_eq!(read, lines(), "nothing is added");
            error.to_string()
        };
        let line = error(&|lines| lines.lines[1].pieces[0].to = 5);
        assert!(line.contains("line 1 is unsound"), "{line}");
        let far = error(&|lines| lines.lines[1].places = i32::MAX as usize);
        assert!(far.contains("line 1 is unsound"), "{far}");
        let nan = error(&|lines| lines.lines[0].pieces[2].evidence[3] = f32::NAN);
        assert!(nan.contains("line 0 is unsound"), "{nan}");

        let read = |path: &Path| LabelledLines::default().read(path).unwrap_err();
        lines().write(&path).unwrap();
        let mut file = fs::read(&path).unwrap();
        let (shape, other) = (b"[4,28,28]", b"[4,14,56]");
        let at = file.windows(shape.len()).position(|bytes| bytes == shape);
        file[at.unwrap()..][..other.len()].copy_from_slice(other);
        fs::write(&path, file).unwrap();
        let crops = read(&path).to_string();
        assert!(
            crops.contains("`crops` is U8 [4, 14, 56]: expected U8 [4, 28, 28]"),
            "{crops}"
        );

        assert!(matches!(read(Path::new("none")), LinesError::Io { .. }));
        fs::write(&path, "no tensors").unwrap();
        assert!(matches!(read(&path), LinesError::Format { .. }));
        let weights = TensorView::new(Dtype::F32, vec![0], &[]).unwrap();
        safetensors::serialize_to_file([("weights", weights)], None, &path).unwrap();
        assert!(matches!(read(&path), LinesError::Format { .. }));
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_an_error_or_sound(at in 0usize..9000, byte: u8) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lines.safetensors");
            lines().write(&path).unwrap();
            let mut file = fs::read(&path).unwrap();
            let at = at % file.len();
            file[at] = byte;
            fs::write(&path, &file).unwrap();
            let mut read = LabelledLines::default();
            if read.read(&path).is_ok() {
                let mut pieces = 0;
                for line in read.lines() {
                    pieces += line.pieces().len();
                    line.loss(&mut vec![0.5; line.pieces().len() * ANSWERS]);
                }
                prop_assert_eq!(pieces, read.pieces());
            }
        }
    }
}
