//! Networks, and networks that wait or panic when told to.

use std::sync::{Arc, Condvar, Mutex};

use shuzi_models::{DEFAULT, LINE, Model, PAIRS, READER};
use shuzi_nn::Threads;
use shuzi_reader::{ReadError, Reader, ReaderConfig};
use shuzi_server::{BoxError, Engine, ModelInfo, Networks, PageRead, Upload};

/// The first pixel of an image that breaks [`Gated`].
pub(crate) const BREAKS: u8 = 113;

/// An image file that does.
pub(crate) const BREAKING_FILE: &[u8] = b"breaks";

/// The networks that are shipped, on two threads.
pub(crate) fn networks() -> Result<Networks, BoxError> {
    let threads = Threads::new(2.try_into()?);
    let model = |name| Model::load(name);
    let (digits, pairs, lines) = (model(READER)?, model(PAIRS)?, model(LINE)?);
    let reader = Reader::new(digits.classifier(threads.clone())?, ReaderConfig::default())?;
    let reader = reader.with_bigrams(pairs.classifier(threads.clone())?)?;
    let reader = reader.with_lines(lines.recognizer(threads.clone())?)?;
    let networks = Networks::new(reader);
    let networks = networks.with_model(DEFAULT, &model(DEFAULT)?, threads.clone())?;
    Ok(networks.with_model(PAIRS, &pairs, threads)?)
}

/// A gate that holds the engine.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// Images of each call that came to the gate.
    calls: Vec<usize>,
    /// Pages of pictures that were read.
    pages: usize,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.state.lock().unwrap().closed = false;
        self.changed.notify_all();
    }

    /// Images of each call so far.
    pub(crate) fn calls(&self) -> Vec<usize> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Pages of pictures that were read so far.
    pub(crate) fn pages(&self) -> usize {
        self.state.lock().unwrap().pages
    }

    fn pass(&self, images: usize) {
        let mut state = self.state.lock().unwrap();
        state.calls.push(images);
        while state.closed {
            state = self.changed.wait(state).unwrap();
        }
    }
}

/// The networks behind a gate.
#[derive(Debug)]
pub(crate) struct Gated {
    networks: Networks,
    gate: Arc<Gate>,
}

impl Gated {
    /// A factory of engines behind one gate.
    pub(crate) fn factory(
        gate: &Arc<Gate>,
    ) -> impl FnMut() -> Result<Self, BoxError> + Send + 'static {
        let gate = Arc::clone(gate);
        move || {
            Ok(Self {
                networks: networks()?,
                gate: Arc::clone(&gate),
            })
        }
    }
}

impl Engine for Gated {
    fn models(&self) -> Vec<ModelInfo> {
        self.networks.models()
    }

    fn read(
        &mut self,
        config: &ReaderConfig,
        uploads: &[Upload],
    ) -> Result<Vec<Vec<PageRead>>, ReadError> {
        self.gate.pass(uploads.len());
        let breaks = uploads.iter().any(|upload| upload.bytes == BREAKING_FILE);
        assert!(!breaks, "as the test wants it");
        let read = self.networks.read(config, uploads)?;
        self.gate.state.lock().unwrap().pages += read.iter().map(Vec::len).sum::<usize>();
        Ok(read)
    }

    fn infer(&mut self, model: usize, images: &[f32]) -> Result<Vec<f32>, shuzi_nn::Error> {
        self.gate.pass(images.len() / 784);
        let mut first = images.iter().step_by(784);
        let breaks = first.any(|pixel| *pixel == f32::from(BREAKS) / 255.0);
        assert!(!breaks, "as the test wants it");
        self.networks.infer(model, images)
    }
}
