//! Nobody in who does not belong: by which name the server is called, from which page, and by
//! whom.

mod bearer;
mod hosts;

pub(crate) use bearer::bearer;
pub(crate) use hosts::Hosts;
