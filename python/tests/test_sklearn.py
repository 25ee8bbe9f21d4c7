"""The classifier in scikit-learn's manner."""

from __future__ import annotations

import gzip
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from shuzi.sklearn import DigitClassifier
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

FIXTURES = Path(__file__).parents[2] / "crates" / "shuzi-data" / "fixtures"

Arrays = NDArray[np.uint8]


def idx(name: str, header: int) -> Arrays:
    """The bytes of one of the fixture's files."""
    data = gzip.decompress((FIXTURES / f"{name}-ubyte.gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=header)


@pytest.fixture(scope="module")
def digits() -> tuple[Arrays, Arrays, Arrays, Arrays]:
    """1,000 digits of MNIST to train on, and 500 others: images and labels."""
    images = [idx(f"{name}-images-idx3", 16).reshape(-1, 28, 28) for name in ("train", "t10k")]
    labels = [idx(f"{name}-labels-idx1", 8) for name in ("train", "t10k")]
    return images[0], labels[0], images[1], labels[1]


# With an MLP it takes any features. A network of images takes 784 alone: scikit-learn's checks,
# which bring other data, can say nothing of it but what they say of the same class here.
@parametrize_with_checks([DigitClassifier(architecture="mlp", hidden=32, threads=1)])
def test_it_keeps_scikit_learns_rules(estimator: Any, check: Any) -> None:
    check(estimator)


def test_digits_are_learned(digits: tuple[Arrays, Arrays, Arrays, Arrays]) -> None:
    images, labels, others, truth = digits
    classifier = DigitClassifier("lenet5-improved", epochs=4, random_state=1, threads=2)
    classifier.fit(images, labels)
    assert list(classifier.classes_) == list(range(10))
    assert classifier.score(others, truth) > 0.9
    shares = classifier.predict_proba(others.reshape(-1, 784))
    assert shares.shape == (500, 10) and np.abs(shares.sum(axis=1) - 1).max() < 1e-12
    # Written as 0 to 1 they are the same images.
    again = clone(classifier).fit(images / 255, labels)
    np.testing.assert_array_equal(again.predict(others / 255), classifier.predict(others))
    unpacked = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(unpacked.predict_proba(others), classifier.predict_proba(others))


def test_labels_may_be_any(digits: tuple[Arrays, Arrays, Arrays, Arrays]) -> None:
    images, labels, others, truth = digits
    names = np.array(["even", "odd"])
    classifier = DigitClassifier("lenet5", epochs=6, random_state=1, threads=2)
    classifier.fit(images, names[labels % 2])
    assert list(classifier.classes_) == ["even", "odd"]
    assert classifier.score(others, names[truth % 2]) > 0.8


def test_time_ends_a_fit(digits: tuple[Arrays, Arrays, Arrays, Arrays]) -> None:
    images, labels, _, _ = digits
    classifier = DigitClassifier("lenet5", epochs=100_000, max_seconds=1, random_state=1)
    start = time.monotonic()
    classifier.fit(images, labels)
    # Without it this would go on for hours.
    assert classifier.n_iter_ < 100_000 and time.monotonic() - start < 600
    assert classifier.predict(images[:3]).shape == (3,)


def test_the_same_seed_gives_the_same_bits(digits: tuple[Arrays, Arrays, Arrays, Arrays]) -> None:
    images, labels, others, _ = digits

    def shares(seed: int, threads: int) -> bytes:
        classifier = DigitClassifier("lenet5", epochs=1, random_state=seed, threads=threads)
        made: bytes = classifier.fit(images, labels).predict_proba(others).tobytes()
        return made

    assert shares(1, 1) == shares(1, 2) != shares(2, 1)


def test_it_goes_on_with_what_comes(digits: tuple[Arrays, Arrays, Arrays, Arrays]) -> None:
    images, labels, others, truth = digits
    classifier = DigitClassifier("lenet5-improved", random_state=1, threads=2)
    scores = []
    for _ in range(3):
        for start in range(0, 1000, 250):
            part = slice(start, start + 250)
            classifier.partial_fit(images[part], labels[part], classes=range(10))
        scores.append(classifier.score(others, truth))
        classifier = pickle.loads(pickle.dumps(classifier))
    assert scores[-1] > 0.7 and scores[-1] > scores[0]
    with pytest.raises(ValueError, match="expected labels of"):
        classifier.partial_fit(images[:5], labels[:5] + 30)


def test_it_works_in_pipelines_and_searches(
    digits: tuple[Arrays, Arrays, Arrays, Arrays],
) -> None:
    images, labels, others, truth = digits
    flat, lighter = images[::2].reshape(-1, 784), FunctionTransformer(lambda X: X / 255)
    classifier = DigitClassifier(architecture="mlp", random_state=1, epochs=10, threads=2)
    search = GridSearchCV(
        make_pipeline(lighter, classifier), {"digitclassifier__hidden": [2, 64]}, cv=3
    )
    search.fit(flat, labels[::2])
    assert search.best_params_ == {"digitclassifier__hidden": 64}
    assert search.score(others.reshape(-1, 784), truth) > 0.75


def test_what_does_not_fit_is_told(digits: tuple[Arrays, Arrays, Arrays, Arrays]) -> None:
    images, labels, _, _ = digits
    with pytest.raises(ValueError, match="expected images of 28×28 pixels, 784 features, got 400"):
        DigitClassifier().fit(images[:, :20, :20], labels)
    with pytest.raises(ValueError, match='expected "mlp" or None'):
        DigitClassifier(architecture="cnn").fit(images, labels)
    with pytest.raises(ValueError, match="no network"):
        DigitClassifier("vgg").fit(images, labels)
