"""A classifier in the manner of scikit-learn, which it needs.

>>> from shuzi.sklearn import DigitClassifier
>>> digits = DigitClassifier(max_seconds=60).fit(images, labels)     # [n, 784] or [n, 28, 28]
>>> digits.predict_proba(others)
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from shuzi import recipes
from shuzi.inputs import Images, Inputs, Values
from shuzi.network import Network
from shuzi.training import Training, image_config, mlp_config

# Steps that a run has at least where no number of epochs is asked for: fewer, and a network of
# fresh weights has not begun to learn. As many as an epoch of MNIST in batches of 128.
_LEAST_STEPS = 470
# Images in a batch, of few: as many steps a run as can be had of them.
_LEAST_BATCH = 8

Arrays = NDArray[Any]


class DigitClassifier(ClassifierMixin, BaseEstimator):
    """A network that is trained by a recipe.

    Args:
        model: the network's name, of those that `shuzi summary` knows, for images of 28×28.
        architecture: "mlp" for a network of one hidden layer that takes any features, which it
            brings to mean 0 and deviation 1 first; None for `model`.
        hidden: neurons of that hidden layer.
        recipe: a recipe of `shuzi train`. Its averaging of weights, and what needs a validation
            set, are left out.
        epochs: how often each image is seen; by default the recipe's, and as often as gives at
            least 470 steps where there are few images.
        max_seconds: when to stop at the latest; the rate falls as if all epochs were to come.
        random_state: decides start weights, order and distortions.
        threads: most cores to use; by default all.

    Attributes:
        classes_: the labels, in the order of the probabilities.
        network_: the trained `shuzi.Network`.
        n_iter_: epochs that were begun.
        loss_: the mean loss over the last epoch.
    """

    def __init__(
        self,
        model: str = "improved-alexnet",
        *,
        architecture: str | None = None,
        hidden: int = 100,
        recipe: str = "fast",
        epochs: int | None = None,
        max_seconds: float | None = None,
        random_state: Any = None,
        threads: int | None = None,
    ) -> None:
        self.model = model
        self.architecture = architecture
        self.hidden = hidden
        self.recipe = recipe
        self.epochs = epochs
        self.max_seconds = max_seconds
        self.random_state = random_state
        self.threads = threads

    def fit(self, X: ArrayLike, y: ArrayLike) -> DigitClassifier:
        """Trains a fresh network on images and labels."""
        X, y = self._validated(X, y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        self._begin(X, labels.astype(np.uint8))
        self._run(X, labels.astype(np.uint8))
        return self

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None
    ) -> DigitClassifier:
        """One epoch on some images, at the recipe's highest rate.

        The first call names all `classes`.
        """
        first = not hasattr(self, "training_")
        X, y = self._validated(X, y, reset=first)
        if first:
            self.classes_ = unique_labels(y if classes is None else np.asarray(classes))
        known = np.searchsorted(self.classes_, y)
        known = np.minimum(known, len(self.classes_) - 1)
        if not np.array_equal(self.classes_[known], y):
            raise ValueError(f"expected labels of {self.classes_}, got others")
        labels = known.astype(np.uint8)
        if first:
            self._begin(X, labels)
        self.loss_ = self._epoch(X, labels, rate=lambda step: self.recipe_["learning_rate"])
        self.network_ = self.training_.network(self.threads)
        return self

    def predict_proba(self, X: ArrayLike) -> Arrays:
        """The probability of each class, `[n, classes]`."""
        check_is_fitted(self, "network_")
        X = self._inputs_of(X, reset=False)
        return self.network_.probabilities(self.inputs_.prepared(X))

    def predict(self, X: ArrayLike) -> Arrays:
        """The likeliest class of each."""
        shares = self.predict_proba(X)
        labels: Arrays = self.classes_[shares.argmax(axis=1)]
        return labels

    def _validated(self, X: ArrayLike, y: ArrayLike, reset: bool = True) -> tuple[Arrays, Arrays]:
        """Inputs as a matrix, and labels, checked."""
        inputs, labels = validate_data(self, _flat(X), y, reset=reset, dtype="numeric")
        check_classification_targets(labels)
        return inputs, column_or_1d(labels)

    def _inputs_of(self, X: ArrayLike, reset: bool) -> Arrays:
        checked: Arrays = validate_data(self, _flat(X), reset=reset, dtype="numeric")
        return checked

    def _begin(self, X: Arrays, labels: NDArray[np.uint8]) -> None:
        """A fresh network."""
        self.recipe_ = recipes.load(self.recipe)
        random = check_random_state(self.random_state)
        self.seed_ = int(random.randint(2**31))
        self.n_iter_ = 0
        classes = [str(name) for name in self.classes_]
        if self.architecture not in (None, "mlp"):
            raise ValueError(f'architecture: expected "mlp" or None, got {self.architecture!r}')
        self.inputs_: Inputs
        if self.architecture == "mlp":
            self.inputs_ = Values.of(X)
            config = mlp_config(X.shape[1], self.hidden, classes)
        else:
            config = image_config(self.model, classes)
            self.inputs_ = Images.of(X, config["architecture"]["input"])
        config = recipes.with_dropout(config, self.recipe_["dropout"])
        self.batch_ = min(self.recipe_["batch"], max(_LEAST_BATCH, len(X) // 16))
        self.training_ = Training(config, self.recipe_, self.seed_, self.batch_, self.threads)

    def _run(self, X: Arrays, labels: NDArray[np.uint8]) -> None:
        """All epochs of a fit."""
        each = -(-len(X) // self.batch_)
        epochs = self.epochs
        if epochs is None:
            epochs = max(self.recipe_["epochs"], -(-_LEAST_STEPS // each))
        steps = epochs * each
        recipe = recipes.settled(self.recipe_, steps)
        end = np.inf if self.max_seconds is None else time.monotonic() + self.max_seconds
        done = 0
        for epoch in range(epochs):
            clean = epoch + recipe["clean_epochs"] >= epochs
            self.loss_ = self._epoch(
                X,
                labels,
                rate=lambda step: recipes.learning_rate(recipe, step, steps),
                first=done,
                clean=clean,
                end=end,
            )
            done += each
            if time.monotonic() >= end:
                break
        self.network_ = self.training_.network(self.threads)

    def _epoch(
        self,
        X: Arrays,
        labels: NDArray[np.uint8],
        rate: Any,
        first: int = 0,
        clean: bool = False,
        end: float = np.inf,
    ) -> float:
        """One epoch; its mean loss. It ends early when the time is over."""
        self.n_iter_ += 1
        batches = self.inputs_.batches(
            X, labels, self.recipe_, self.batch_, self.seed_, self.n_iter_, clean
        )
        losses = []
        for step, (images, known) in enumerate(batches):
            loss, _ = self.training_.step(images, known, rate(first + step))
            losses.append(loss * len(known))
            if time.monotonic() >= end:
                break
        return float(np.sum(losses) / len(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _flat(X: Any) -> Any:
    """Images `[n, height, width]` as rows; anything else as it is."""
    if isinstance(X, np.ndarray) and X.ndim == 3:
        return X.reshape(len(X), -1)
    return X
