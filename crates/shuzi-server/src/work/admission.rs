//! Who is let in: so many images, and so many bytes, at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that one permit stands for: permits are counted in 32 bits.
const UNIT: usize = 1024;

/// All places are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Places in the queue, and memory for bodies.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    all: usize,
}

/// Memory for a body, as much as has come of it.
#[derive(Debug)]
pub(crate) struct BodyMemory {
    all: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

/// What a request was given. Its places are freed one by one, its memory with the last job.
#[derive(Debug)]
pub(crate) struct Room {
    places: Option<OwnedSemaphorePermit>,
    memory: Arc<BodyMemory>,
}

impl BodyMemory {
    /// Room for so many bytes more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let all = self.bytes.checked_add(bytes).ok_or(Full)?;
        let units = u32::try_from(all.div_ceil(UNIT)).map_err(|_| Full)?;
        let held = self
            .held
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let more = units.saturating_sub(u32::try_from(held).map_err(|_| Full)?);
        if more > 0 {
            let more = Arc::clone(&self.all).try_acquire_many_owned(more);
            let more = more.map_err(|_| Full)?;
            match &mut self.held {
                Some(held) => held.merge(more),
                None => self.held = Some(more),
            }
        }
        self.bytes = all;
        Ok(())
    }
}

impl Admission {
    /// `places` images and `bytes` of bodies.
    pub(crate) fn new(places: usize, bytes: usize) -> Self {
        let all = places.min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(all)),
            memory: Arc::new(Semaphore::new(bytes.div_ceil(UNIT))),
            all,
        }
    }

    /// Places that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.all - self.places.available_permits().min(self.all)
    }

    /// Whether no place is free.
    pub(crate) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Memory for a body that is about to come.
    pub(crate) fn body(&self) -> BodyMemory {
        BodyMemory {
            all: Arc::clone(&self.memory),
            held: None,
            bytes: 0,
        }
    }

    /// One place, for a body that is there.
    pub(crate) fn admit(&self, memory: BodyMemory) -> Result<Room, Full> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        Ok(Room {
            places: Some(place.map_err(|_| Full)?),
            memory: Arc::new(memory),
        })
    }

    /// So many places in all, for a request that turns out to have several images.
    pub(crate) fn widen(&self, room: &mut Room, places: usize) -> Result<(), Full> {
        let more = u32::try_from(places.saturating_sub(1)).map_err(|_| Full)?;
        let more = Arc::clone(&self.places).try_acquire_many_owned(more);
        match (&mut room.places, more) {
            (Some(places), Ok(more)) => {
                places.merge(more);
                Ok(())
            }
            _ => Err(Full),
        }
    }
}

impl Room {
    /// The room of one of its images.
    pub(crate) fn one(&mut self) -> Result<Self, Full> {
        let place = self.places.as_mut().and_then(|places| places.split(1));
        Ok(Self {
            places: Some(place.ok_or(Full)?),
            memory: Arc::clone(&self.memory),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(admission: &Admission, bytes: usize) -> Result<BodyMemory, Full> {
        let mut body = admission.body();
        body.grow(bytes)?;
        Ok(body)
    }

    #[test]
    fn a_body_has_memory_as_it_comes() {
        let admission = Admission::new(1, 10 * UNIT);
        let mut slow = body(&admission, 1).unwrap();
        let other = body(&admission, 9 * UNIT).unwrap();
        slow.grow(UNIT - 1).unwrap();
        assert_eq!(slow.grow(1), Err(Full));
        drop(other);
        slow.grow(9 * UNIT).unwrap();
        assert_eq!(slow.grow(1), Err(Full));
        assert_eq!(admission.taken(), 0, "and no place");
        drop(slow);
        assert!(body(&admission, 10 * UNIT).is_ok());
    }

    #[test]
    fn places_and_memory_are_taken_and_given_back() {
        let admission = Admission::new(3, 10 * UNIT);
        let admit = |bytes| admission.admit(body(&admission, bytes)?);
        let mut room = admit(4 * UNIT).unwrap();
        assert_eq!(admission.taken(), 1);
        assert_eq!(admit(7 * UNIT).err(), Some(Full), "memory");
        assert_eq!(admission.taken(), 1);
        admission.widen(&mut room, 3).unwrap();
        assert_eq!(admission.taken(), 3);
        assert!(admission.is_full());
        assert_eq!(admit(0).err(), Some(Full), "places");
        let jobs = [
            room.one().unwrap(),
            room.one().unwrap(),
            room.one().unwrap(),
        ];
        assert_eq!(room.one().err(), Some(Full));
        drop(room);
        assert_eq!(admission.taken(), 3);
        drop(jobs);
        assert_eq!(admission.taken(), 0);
        assert!(admit(10 * UNIT).is_ok());
    }
}
