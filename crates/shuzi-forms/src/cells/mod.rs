//! What is in each box.

mod ink;
mod patch;
mod shape;
mod state;

pub use self::{
    ink::{CellInk, InkParams, look},
    patch::PatchParams,
    shape::{ShapeParams, Strokes},
    state::{CellReading, CellState, StateParams},
};

/// How boxes are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CellParams {
    /// How they are cut out.
    pub patch: PatchParams,
    /// What is ink.
    pub ink: InkParams,
    /// What strokes are a cross or a dash.
    pub shape: ShapeParams,
    /// How all of it becomes a state.
    pub state: StateParams,
}
