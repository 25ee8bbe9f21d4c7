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

/// What a request was given. Its places are freed one by one, its memory with the last job.
#[derive(Debug)]
pub(crate) struct Room {
    places: Option<OwnedSemaphorePermit>,
    memory: Arc<OwnedSemaphorePermit>,
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

    /// One place, and room for a body of at most so many bytes.
    pub(crate) fn admit(&self, bytes: usize) -> Result<Room, Full> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| Full)?;
        let memory = Arc::clone(&self.memory).try_acquire_many_owned(units);
        Ok(Room {
            places: Some(place.map_err(|_| Full)?),
            memory: Arc::new(memory.map_err(|_| Full)?),
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

    #[test]
    fn places_and_memory_are_taken_and_given_back() {
        let admission = Admission::new(3, 10 * UNIT);
        let mut room = admission.admit(4 * UNIT).unwrap();
        assert_eq!(admission.taken(), 1);
        assert_eq!(admission.admit(7 * UNIT).err(), Some(Full), "memory");
        assert_eq!(admission.taken(), 1, "a place that was of no use is free");
        admission.widen(&mut room, 3).unwrap();
        assert_eq!(admission.taken(), 3);
        assert_eq!(admission.admit(0).err(), Some(Full), "places");
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
        assert!(admission.admit(10 * UNIT).is_ok());
    }
}
