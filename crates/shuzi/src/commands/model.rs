//! What the option `--model` names.

use std::path::Path;

use anyhow::Context as _;
use clap::ValueEnum;
use shuzi_classical::{Baseline, Method};
use shuzi_models::{LINE, Model, PAIRS};
use shuzi_nn::Threads;
use shuzi_reader::{Reader, ReaderConfig, Readers};
use shuzi_train::{Ensemble, Scorer, ThreadedBaseline};

const FAILED: &str = "can't load the model";

/// What `--model` names: a shipped model, a run's directory or a weights file.
pub(crate) fn load(name: &str) -> anyhow::Result<Model> {
    Model::load(name).context(FAILED)
}

/// What `--pairs` and `--line` say if no such network is to be asked.
const NONE: &str = "none";

/// Which networks read numbers.
#[derive(Debug, clap::Args)]
pub(crate) struct NetworkArgs {
    /// The network that is asked about two digits that may touch, `none` for none
    ///
    /// A shipped model, a run's directory or a .safetensors file.
    #[arg(long, value_name = "MODEL", default_value = PAIRS)]
    pairs: String,
    /// The network that reads whole lines, `none` for none
    ///
    /// A shipped model, a run's directory or a .safetensors file.
    #[arg(long, value_name = "MODEL", default_value = LINE)]
    line: String,
    /// By what a number is read
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    readers: ReadersArg,
}

/// The two opinions on a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ReadersArg {
    /// Its digits, cut apart
    Lattice,
    /// The whole line
    Line,
    /// Both: what they agree on is surer
    #[default]
    Both,
}

impl NetworkArgs {
    /// A hash of the weights of all networks that read.
    #[cfg(feature = "serve")]
    pub(crate) fn fingerprint(&self, model: &str) -> anyhow::Result<String> {
        let names = [model, &self.pairs, &self.line];
        let mut weights = Vec::new();
        for name in names.into_iter().filter(|name| *name != NONE) {
            weights.push(load(name)?.weights.to_safetensors([].into())?);
        }
        Ok(shuzi_review::item::fingerprint(&weights))
    }

    /// A reader that asks `model` and these.
    pub(crate) fn reader(
        &self,
        model: &str,
        config: ReaderConfig,
        threads: &Threads,
    ) -> anyhow::Result<Reader> {
        let readers = match self.readers {
            ReadersArg::Lattice => Readers::Lattice,
            ReadersArg::Line => Readers::Line,
            ReadersArg::Both => Readers::Both,
        };
        let config = ReaderConfig { readers, ..config };
        let mut reader = Reader::new(load(model)?.classifier(threads.clone())?, config)?;
        if self.pairs != NONE {
            reader = reader.with_bigrams(load(&self.pairs)?.classifier(threads.clone())?)?;
        }
        if self.line != NONE {
            reader = reader.with_lines(load(&self.line)?.recognizer(threads.clone())?)?;
        }
        Ok(reader)
    }
}

/// The models that `names` has with commas between them; a path may have a comma
/// of its own.
pub(crate) fn each(names: &str) -> Vec<&str> {
    if Path::new(names).exists() {
        return vec![names];
    }
    names.split(',').collect()
}

/// Models ready to be measured: one, or several that answer together.
pub(crate) fn scorer(names: &str, threads: &Threads) -> anyhow::Result<Box<dyn Scorer>> {
    let mut members = each(names).into_iter().map(|name| member(name, threads));
    let first = members.next().context(FAILED)??;
    let others = members.collect::<anyhow::Result<Vec<_>>>()?;
    if others.is_empty() {
        return Ok(first);
    }
    Ok(Box::new(Ensemble::new(first, others)?))
}

/// A network or a classical method.
fn member(name: &str, threads: &Threads) -> anyhow::Result<Box<dyn Scorer>> {
    let path = Path::new(name);
    if path.is_dir() && Method::find(name).context(FAILED)?.is_some() {
        return Ok(Box::new(ThreadedBaseline {
            threads: threads.clone(),
            baseline: Baseline::load(path).context(FAILED)?,
        }));
    }
    Ok(Box::new(load(name)?.classifier(threads.clone())?))
}
