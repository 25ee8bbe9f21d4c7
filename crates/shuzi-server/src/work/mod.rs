//! From many requests to one thread that answers them, some at a time.

mod admission;
mod job;
mod ticket;
mod worker;

pub(crate) use admission::{Admission, BodyMemory, Full, Room};
pub(crate) use job::{Answer, Done, Failure, Task};
pub(crate) use ticket::{Ticket, TicketHolder};
pub(crate) use worker::{Dispatcher, Worker};
