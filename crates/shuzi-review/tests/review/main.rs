//! A stack, and several people at it.

#![allow(clippy::unwrap_used)]

mod bench;
mod double;
mod file;
mod group;
mod known;
mod properties;
mod single;
