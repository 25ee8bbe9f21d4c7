//! Servers started in the process, and what real clients get of them.

#![allow(clippy::unwrap_used)]

#[path = "../../../../tests/vectors/check.rs"]
mod check;
mod client;
mod door;
mod engine;
mod malformed;
mod openapi;
mod queue;
mod read;
mod review;
mod tensors;
mod vectors;
