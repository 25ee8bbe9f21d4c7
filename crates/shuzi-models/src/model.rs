//! A network with its weights, in memory and on disk.

use std::{collections::HashMap, fs, path::Path};

use shuzi_nn::{
    Classifier, ClassifierConfig, LayerKind, Recognizer, Threads, Weights, WeightsError,
};

use crate::{
    config::ModelConfig,
    error::ModelError,
    files::{CONFIG_FILE, MAX_CONFIG, MAX_WEIGHTS, WEIGHTS_FILE, write_atomic},
    read::read_limited,
    shipped::{SHIPPED, shipped_names},
};

/// A network and its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What the network is.
    pub config: ModelConfig,
    /// Its numbers.
    pub weights: Weights,
}

impl Model {
    /// Loads the shipped model of that name, a directory that holds
    /// `config.json` and `model.safetensors`, or a `.safetensors` file with a
    /// `config.json` beside it.
    ///
    /// # Errors
    /// If there is no such model, or its files are not sound.
    pub fn load(reference: &str) -> Result<Self, ModelError> {
        if let Some(shipped) = SHIPPED.iter().find(|shipped| shipped.name == reference) {
            let place = Path::new(shipped.name);
            return Self::from_bytes(shipped.config, shipped.weights, place, place);
        }
        let path = Path::new(reference);
        let (config, weights) = if path.is_dir() {
            (path.join(CONFIG_FILE), path.join(WEIGHTS_FILE))
        } else if path.is_file() {
            (path.with_file_name(CONFIG_FILE), path.to_owned())
        } else {
            return Err(ModelError::Unknown {
                name: reference.to_owned(),
                shipped: shipped_names().collect::<Vec<_>>().join(", "),
            });
        };
        let config_bytes = read_limited(&config, MAX_CONFIG)?;
        let weight_bytes = read_limited(&weights, MAX_WEIGHTS)?;
        Self::from_bytes(&config_bytes, &weight_bytes, &config, &weights)
    }

    /// Reads a model from the bytes of its two files; the paths are named in
    /// errors.
    ///
    /// # Errors
    /// If either is unsound, or they don't belong together.
    pub fn from_bytes(
        config: &[u8],
        weights: &[u8],
        config_path: &Path,
        weights_path: &Path,
    ) -> Result<Self, ModelError> {
        let config = ModelConfig::from_bytes(config, config_path)?;
        let unsound = |path: &Path, source| ModelError::Network {
            path: path.to_owned(),
            source,
        };
        let specs = config
            .architecture
            .parameters()
            .map_err(|error| unsound(config_path, error.into()))?;
        let read = |bytes| -> Result<Weights, WeightsError> {
            let weights = Weights::from_safetensors(bytes)?;
            weights.check(&specs)?;
            Ok(weights)
        };
        let weights = read(weights).map_err(|error| unsound(weights_path, error.into()))?;
        Ok(Self { config, weights })
    }

    /// Makes `class` `factor` times likelier against every other, for use where it is that
    /// much commoner than in training: by Bayes' rule, ln `factor` more for its logit
    /// (Saerens et al. 2002).
    ///
    /// # Errors
    /// If there is no such class, or the network does not end in a linear layer.
    pub fn multiply_prior(&mut self, class: &str, factor: f32) -> Result<(), ModelError> {
        let classes = &self.config.classes;
        let unknown = || ModelError::UnknownClass {
            name: class.to_owned(),
            known: classes.join(", "),
        };
        let index = classes.iter().position(|name| name == class);
        let index = index.ok_or_else(unknown)?;
        let [_, name] = self.last_linear()?;
        self.change(&name, |at, value| {
            if at == index {
                *value += factor.ln();
            }
        });
        Ok(())
    }

    /// Divides the logits by `temperature`: below 1 the network is surer of what it says,
    /// above 1 less sure (Guo et al. 2017). Its likeliest class stays the same.
    ///
    /// # Errors
    /// If the network does not end in a linear layer.
    pub fn temper(&mut self, temperature: f32) -> Result<(), ModelError> {
        for name in self.last_linear()? {
            self.change(&name, |_, value| *value /= temperature);
        }
        Ok(())
    }

    /// The names of the weight and of the bias that give the logits.
    fn last_linear(&self) -> Result<[String; 2], ModelError> {
        let last = self.config.architecture.layers.last();
        last.filter(|layer| matches!(layer.kind, LayerKind::Linear(_)))
            .map(|layer| ["weight", "bias"].map(|part| format!("{}.{part}", layer.name)))
            .ok_or(ModelError::LastLayer)
    }

    /// Changes each value of a tensor, by its place.
    fn change(&mut self, name: &str, change: impl Fn(usize, &mut f32)) {
        if let Some(mut tensor) = self.weights.get(name).cloned() {
            let values = tensor.data.iter_mut().enumerate();
            values.for_each(|(at, value)| change(at, value));
            self.weights
                .insert(name.to_owned(), tensor.shape, tensor.data);
        }
    }

    /// The inference plan of the model.
    ///
    /// # Errors
    /// If the weights don't belong to the architecture.
    pub fn classifier(&self, threads: Threads) -> Result<Classifier, shuzi_nn::Error> {
        let config = ClassifierConfig { threads };
        Classifier::new(&self.config.architecture, &self.weights, config)
    }

    /// As [`Model::classifier`], of a network that reads lines of any width.
    ///
    /// # Errors
    /// If the weights don't belong to the architecture, or its width is fixed.
    pub fn recognizer(&self, threads: Threads) -> Result<Recognizer, shuzi_nn::Error> {
        let config = ClassifierConfig { threads };
        Recognizer::new(&self.config.architecture, &self.weights, config)
    }

    /// Writes both files into `directory`, which is made if need be. Each file
    /// is whole or not there, whatever happens.
    ///
    /// # Errors
    /// If a file can't be written; what stood there before is then unchanged.
    pub fn save(&self, directory: &Path) -> Result<(), ModelError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| ModelError::Io { path, source }
        };
        fs::create_dir_all(directory).map_err(at(directory))?;
        let weights_path = directory.join(WEIGHTS_FILE);
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let weights =
            self.weights
                .to_safetensors(metadata)
                .map_err(|error| ModelError::Network {
                    path: weights_path.clone(),
                    source: error.into(),
                })?;
        self.config.save(directory)?;
        write_atomic(&weights_path, &weights).map_err(at(&weights_path))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shuzi_nn::{Initialisation, Kernels, Network, NetworkConfig};

    use super::*;

    fn lenet() -> Model {
        let architecture = crate::lenet5();
        let config = NetworkConfig {
            max_batch: 1,
            seed: 1,
            initialisation: Initialisation::Xavier,
            kernels: Kernels::Fast,
            threads: Threads::single(),
        };
        let weights = Network::new(&architecture, config).unwrap().weights();
        Model {
            config: ModelConfig::digits(architecture),
            weights,
        }
    }

    /// Of the model's classes, for one image.
    fn probabilities(model: &Model) -> Vec<f32> {
        let image: Vec<f32> = (0..784).map(|pixel| (pixel % 7) as f32 / 7.0).collect();
        let mut classifier = model.classifier(Threads::single()).unwrap();
        classifier.probabilities(&image).unwrap().to_vec()
    }

    #[test]
    fn saved_models_load_from_directory_and_file() {
        let directory = tempfile::tempdir().unwrap();
        let model = lenet();
        model.save(directory.path()).unwrap();
        let path = directory.path().to_str().unwrap();
        assert_eq!(Model::load(path).unwrap(), model);
        assert_eq!(
            Model::load(&format!("{path}/{WEIGHTS_FILE}")).unwrap(),
            model
        );
        let names = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(names, 2, "nothing is left aside");
    }

    #[test]
    fn shipped_models_load() {
        for name in shipped_names() {
            let model = Model::load(name).unwrap();
            let architecture = &model.config.architecture;
            if architecture.width.is_fixed() {
                assert_eq!(Some(architecture), crate::architecture(name).as_ref());
                model.classifier(Threads::single()).unwrap();
            } else {
                assert_eq!(architecture, &crate::line(model.config.classes.len()));
                model.recognizer(Threads::single()).unwrap();
            }
        }
    }

    #[test]
    fn a_class_with_another_prior_has_other_odds_against_each() {
        let (before, mut model) = (lenet(), lenet());
        model.multiply_prior("3", 0.2).unwrap();
        let (before, after) = (probabilities(&before), probabilities(&model));
        for class in 0..10 {
            let odds = |p: &[f32]| p[3] / p[class];
            let factor = if class == 3 { 1.0 } else { 0.2 };
            assert!((odds(&after) / odds(&before) - factor).abs() < 1e-4);
        }
        let error = model.multiply_prior("none", 0.2).unwrap_err().to_string();
        assert!(
            error.contains("no class none: expected one of 0, 1"),
            "{error}"
        );
    }

    #[test]
    fn a_temperature_raises_every_odds_to_a_power() {
        let (before, mut model) = (lenet(), lenet());
        model.temper(0.5).unwrap();
        let (before, after) = (probabilities(&before), probabilities(&model));
        for class in 1..10 {
            let odds = |p: &[f32]| p[class] / p[0];
            assert!((odds(&after) / odds(&before).powi(2) - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn logits_of_no_linear_layer_stay_as_they_are() {
        let mut model = lenet();
        model.config.architecture.layers.pop();
        let refused = [model.clone().temper(0.5), model.multiply_prior("3", 0.2)];
        for error in refused.map(Result::unwrap_err) {
            assert!(error.to_string().contains("not linear"), "{error}");
        }
    }

    #[test]
    fn unknown_names_list_what_there_is() {
        let error = Model::load("nothing").unwrap_err().to_string();
        assert!(
            error.contains("no model nothing") && error.contains("improved-alexnet"),
            "{error}"
        );
    }

    #[test]
    fn unsound_files_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        lenet().save(directory.path()).unwrap();
        let config = fs::read_to_string(directory.path().join(CONFIG_FILE)).unwrap();
        let weights = fs::read(directory.path().join(WEIGHTS_FILE)).unwrap();
        let breaks: [(&str, String, Vec<u8>); 5] = [
            ("config.json: not a model", "{".into(), weights.clone()),
            (
                "expected format 1, got 7",
                config.replace("\"format\": 1", "\"format\": 7"),
                weights.clone(),
            ),
            (
                "expected 10 classes, got 9",
                config.replace("    \"8\",\n", ""),
                weights.clone(),
            ),
            (
                "another architecture",
                config.replace("\"conv1\"", "\"first\""),
                weights.clone(),
            ),
            (
                "model.safetensors: not a valid",
                config.clone(),
                weights[..weights.len() - 1].to_vec(),
            ),
        ];
        for (expected, config, weights) in breaks {
            fs::write(directory.path().join(CONFIG_FILE), config).unwrap();
            fs::write(directory.path().join(WEIGHTS_FILE), weights).unwrap();
            let error = Model::load(path).unwrap_err().to_string();
            assert!(
                error.contains(expected),
                "expected {expected:?} in {error:?}"
            );
        }
    }

    /// A header that names tensors of any kind, over bytes of any number.
    fn lying_weights() -> impl Strategy<Value = Vec<u8>> {
        let kind = prop::sample::select(vec!["F32", "F16", "I64", "BF16", "X"]);
        let shape = prop::collection::vec(any::<u32>(), 0..4);
        let tensor = (kind, shape, any::<u64>(), any::<u64>());
        let extra = prop::collection::vec(any::<u8>(), 0..64);
        (tensor, any::<Option<u64>>(), extra).prop_map(|(tensor, length, extra)| {
            let (kind, shape, from, to) = tensor;
            let header = serde_json::json!({
                "conv1.weight": {"dtype": kind, "shape": shape, "data_offsets": [from, to]}
            });
            let header = header.to_string().into_bytes();
            let length = length.unwrap_or(header.len() as u64);
            [&length.to_le_bytes()[..], &header, &extra].concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn damaged_files_are_refused_without_a_panic(
            weights in lying_weights(),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let place = Path::new("file");
            let mut config = serde_json::to_vec(&ModelConfig::digits(crate::lenet5())).unwrap();
            prop_assert!(Model::from_bytes(&config, &weights, place, place).is_err());
            // Some changes of the configuration are harmless; none may panic.
            let at = at.index(config.len());
            config[at] = byte;
            let _ = ModelConfig::from_bytes(&config, place);
        }
    }

    #[test]
    fn a_directory_that_is_a_file_keeps_its_contents() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "kept").unwrap();
        assert!(matches!(lenet().save(&file), Err(ModelError::Io { .. })));
        assert_eq!(fs::read(&file).unwrap(), b"kept");
    }
}
