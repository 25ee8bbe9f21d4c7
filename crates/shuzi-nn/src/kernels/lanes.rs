//! Sixteen channels at a time in an array that the compiler keeps in
//! registers; the last block of a row may be narrower.

/// Channels in a block.
pub(crate) const LANES: usize = 16;

/// One block of values.
pub(crate) type Block = [f32; LANES];

/// The block of `row` from `start`, zeros past its end.
#[inline(always)]
pub(crate) fn read(row: &[f32], start: usize) -> Block {
    let rest = &row[start..];
    match rest.first_chunk() {
        Some(block) => *block,
        None => read_narrow(rest),
    }
}

// Out of line, lest the compiler make one copy of variable length of both.
#[cold]
#[inline(never)]
fn read_narrow(rest: &[f32]) -> Block {
    let mut block = [0.0; LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Writes `block` to `row` from `start`, as much as fits.
#[inline(always)]
pub(crate) fn write(row: &mut [f32], start: usize, block: &Block) {
    let rest = &mut row[start..];
    match rest.first_chunk_mut() {
        Some(target) => *target = *block,
        None => write_narrow(rest, block),
    }
}

#[cold]
#[inline(never)]
fn write_narrow(rest: &mut [f32], block: &Block) {
    let len = rest.len();
    rest.copy_from_slice(&block[..len]);
}
