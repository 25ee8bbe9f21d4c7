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
    if let Some(block) = rest.first_chunk() {
        return *block;
    }
    let mut block = [0.0; LANES];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Writes `block` to `row` from `start`, as much as fits.
#[inline(always)]
pub(crate) fn write(row: &mut [f32], start: usize, block: &Block) {
    let rest = &mut row[start..];
    if let Some(target) = rest.first_chunk_mut() {
        *target = *block;
        return;
    }
    let len = rest.len();
    rest.copy_from_slice(&block[..len]);
}
