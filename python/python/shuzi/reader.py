"""Numbers off images."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Literal, TypedDict, overload

from typing import TYPE_CHECKING

from shuzi._shuzi import ReadError
from shuzi._shuzi import Reader as _Reader
from shuzi.reading import Reading
from shuzi.sources import Plain, Source, each, is_source, plain, size

if TYPE_CHECKING:
    from typing_extensions import Unpack

# Most bytes of images in memory that are handed over together; one may have more.
_MOST_BYTES = 256 << 20


class Options(TypedDict, total=False):
    """How images are read. Names and values are those of `shuzi read --help`."""

    check: str | None
    """The rule of its check digit: `luhn`, `isbn13`…"""
    length: int | str | tuple[int, int] | None
    """So many digits, or from one number of them to another: 6, "1-3" or (1, 3)."""
    range: str | tuple[int, int] | None
    """Between which values it lies, both allowed: "1..31" or (1, 31)."""
    cells: int | None
    """It stands in a row of so many printed boxes."""
    pattern: str | None
    r"""What it looks like: `\d{4}-\d`."""
    lexicon: Iterable[str] | None
    """All numbers that it may be."""
    min_confidence: float | None
    """Least confidence of a number that is accepted, 0 to 1; by default 0.95."""
    max_error: float | None
    """Largest share of accepted numbers that may be wrong, by the shipped calibration."""
    runner_up: bool
    """Whether to find the next likeliest number, too."""
    max_megapixels: int | None
    """Most pixels of an image, in millions."""
    max_pages: int | None
    """Most pages of a TIFF."""
    allow_damaged: bool
    """Whether files that end early are read as far as they go."""
    model: str | None
    """The network that is asked what a crop shows: a run's folder or a weights file."""
    pairs: str | None
    """The network that is asked about two digits, "none" for none."""
    line: str | None
    """The network that reads whole lines, "none" for none."""
    readers: Literal["lattice", "line", "both"] | None
    """By what a number is read."""
    threads: int | None
    """Most cores to use; by default all."""


_FLAGS = ("runner_up", "allow_damaged")


class Reader:
    """Reads images in one way. Threads may share it: they take turns.

    Raises:
        ValueError: if an option is not understood.
        ReadError: if a network can't be loaded, or the constraints contradict each other.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        unknown = sorted(set(options) - set(Options.__annotations__))
        if unknown:
            known = ", ".join(Options.__annotations__)
            raise TypeError(f"no option {', '.join(unknown)}: expected some of {known}")
        self._options = options
        self._reader = _Reader(_worded(options), options.get("threads"))

    def read(self, source: Source) -> Reading:
        """The number on an image; of a TIFF of several pages, on the first.

        Raises:
            ReadError: if the image can't be read.
        """
        image = plain(source)
        [record] = self._reader.read_many([image])
        return _sound(_reading(record, image))

    def read_pages(self, source: Source) -> list[Reading]:
        """The numbers on each page of a TIFF; of what has one page, on that.

        A page that can't be read has an `error`.
        """
        image = plain(source)
        return [_reading(record, image) for record in self._reader.read_pages(image)]

    def read_many(
        self, sources: Iterable[Source], *, progress: bool | None = None
    ) -> Iterator[Reading]:
        """The readings of many images, in their order, as they come. One that can't be read
        has an `error`, and the others are whole.

        Args:
            sources: the images; only a batch of them is held at once.
            progress: whether to show a bar, which needs tqdm; by default on a terminal where
                tqdm is installed.
        """
        images = _with_progress(each(sources), progress)
        return self._stream(plain(source) for source in images)

    def _stream(self, images: Iterable[Plain]) -> Iterator[Reading]:
        for batch in _batches(images, self._reader.batch):
            for image, record in zip(batch, self._reader.read_many(batch)):
                # What lies in memory is let go, or a long stream would hold all of it.
                yield _reading(record, None if size(image) else image)

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"shuzi.Reader({options})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Settings and nothing else: whoever unpacks it loads the networks.
        return _open, (dict(self._options),)


def _open(options: Options) -> Reader:
    return Reader(**options)


@overload
def read(  # type: ignore[overload-overlap] # text is several texts, too
    source: Source, **options: Unpack[Options]
) -> Reading: ...
@overload
def read(source: Iterable[Source], **options: Unpack[Options]) -> Iterator[Reading]: ...
def read(
    source: Source | Iterable[Source], **options: Unpack[Options]
) -> Reading | Iterator[Reading]:
    """The number on an image, or those on several, as [`Reader.read_many`] gives them.

    The networks are loaded once for the same options.

    Raises:
        ReadError: if the one image can't be read, or the options contradict each other.
        ValueError: if an option is not understood.
    """
    reader = _shared(**options)
    if is_source(source):
        return reader.read(source)  # type: ignore[arg-type]
    return reader.read_many(source)  # type: ignore[arg-type]


def read_many(
    sources: Iterable[Source], *, progress: bool | None = None, **options: Unpack[Options]
) -> Iterator[Reading]:
    """The readings of many images: [`Reader.read_many`] with these options."""
    return _shared(**options).read_many(sources, progress=progress)


def _shared(**options: Unpack[Options]) -> Reader:
    """The reader with these options, made once."""
    lexicon = options.get("lexicon")
    if lexicon is not None:
        options["lexicon"] = tuple(lexicon)
    return _kept(tuple(sorted(options.items())))


@lru_cache(maxsize=4)
def _kept(options: tuple[tuple[str, Any], ...]) -> Reader:
    return _open(dict(options))  # type: ignore[arg-type]


def _worded(options: Options) -> Any:
    """All options as the command line writes them."""
    worded: dict[str, Any] = dict.fromkeys(Options.__annotations__)
    worded.update(dict.fromkeys(_FLAGS, False))
    worded.update(options)
    length, values, lexicon = worded["length"], worded["range"], worded["lexicon"]
    if isinstance(length, tuple):
        worded["length"] = "{}-{}".format(*length)
    elif isinstance(length, int):
        worded["length"] = str(length)
    if isinstance(values, tuple):
        worded["range"] = "{}..{}".format(*values)
    if lexicon is not None:
        worded["lexicon"] = list(lexicon)
    for name in ("model", "pairs", "line"):
        if worded[name] is not None:
            worded[name] = str(worded[name])
    return worded


def _reading(record: str, image: Plain | None) -> Reading:
    return Reading.of(json.loads(record), image)


def _sound(reading: Reading) -> Reading:
    if reading.error is None:
        return reading
    nameless = reading.file == "-"
    raise ReadError(reading.error if nameless else f"{reading.file}: {reading.error}")


def _batches(images: Iterable[Plain], most: int) -> Iterator[list[Plain]]:
    """Images that are read together: so many, or as many bytes as may lie in memory."""
    images = iter(images)
    while batch := list(itertools.islice(images, 1)):
        held = size(batch[0])
        while len(batch) < most and held < _MOST_BYTES:
            image = next(images, None)
            if image is None:
                break
            batch.append(image)
            held += size(image)
        yield batch


def _with_progress(sources: Iterable[Source], progress: bool | None) -> Iterable[Source]:
    if progress is False:
        return sources
    try:
        from tqdm.auto import tqdm
    except ImportError:
        if progress:
            raise
        return sources
    # `disable=None`: only on a terminal.
    return tqdm(sources, unit=" images", disable=None if progress is None else False)
