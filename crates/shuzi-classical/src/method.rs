//! Which method, and with which parameters.

use serde::{Deserialize, Serialize};

use crate::error::ClassicalError;

/// A method and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Method {
    /// Gaussian naive Bayes: every pixel of a class normally distributed, all
    /// independent of each other.
    NaiveBayes {
        /// Added to every variance, as a share of the largest.
        smoothing: f32,
    },
    /// k nearest neighbours by Euclidean distance, exactly.
    Knn {
        /// Neighbours that vote.
        k: usize,
    },
    /// Support vector machines with the kernel `exp(−γ |x − y|²)`, one for
    /// each pair of classes (Cortes and Vapnik 1995); pixels are 0 to 1.
    Svm {
        /// Bound of the dual coefficients.
        c: f32,
        /// γ.
        gamma: f32,
    },
}

/// Defaults, by name. Chosen on held-out training images of MNIST (see
/// `experiments/README.md`).
const ALL: [(&str, Method); 3] = [
    ("naive-bayes", Method::NaiveBayes { smoothing: 0.1 }),
    ("knn", Method::Knn { k: 3 }),
    (
        "svm",
        Method::Svm {
            c: 5.0,
            gamma: 0.025,
        },
    ),
];

/// Names of all methods.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

impl Method {
    /// The method called `name` with its default parameters.
    pub fn named(name: &str) -> Option<Self> {
        let (_, method) = ALL.iter().find(|(other, _)| *other == name)?;
        Some(*method)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NaiveBayes { .. } => "naive-bayes",
            Self::Knn { .. } => "knn",
            Self::Svm { .. } => "svm",
        }
    }

    pub(crate) fn check(self) -> Result<(), ClassicalError> {
        let positive = |what, value: f32| {
            if value > 0.0 && value.is_finite() {
                return Ok(());
            }
            Err(ClassicalError::Parameter {
                what,
                expected: "positive and finite",
                got: value.to_string(),
            })
        };
        match self {
            Self::NaiveBayes { smoothing } => positive("smoothing", smoothing),
            Self::Knn { k: 0 } => Err(ClassicalError::Parameter {
                what: "k",
                expected: "at least 1",
                got: "0".into(),
            }),
            Self::Knn { .. } => Ok(()),
            Self::Svm { c, gamma } => positive("C", c).and_then(|()| positive("γ", gamma)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_by_name_and_survive_json() {
        for name in names() {
            let method = Method::named(name).unwrap();
            assert_eq!(method.name(), name);
            let json = serde_json::to_string(&method).unwrap();
            assert!(json.contains(&format!("\"type\":\"{name}\"")), "{json}");
            assert_eq!(serde_json::from_str::<Method>(&json).unwrap(), method);
        }
        assert_eq!(Method::named("k-means"), None);
    }
}
