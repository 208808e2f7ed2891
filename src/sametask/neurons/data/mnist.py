"""MNIST: from its IDX files, or from a data set of the library ``datasets``.

An IDX file is two zeros, a byte for the type (8: numbers from 0 to 255), a byte for the number of
dimensions, four bytes for each dimension, the first one first, and the numbers.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from sametask.base.errors import ConfigError, DataError, reason
from sametask.base.randomness import generator
from sametask.config.sections.ensemble_data_sections import Mnist
from sametask.inputs.data_sets.splits import as_classes, columns_of, read_split
from sametask.neurons.data.rows import Rows
from sametask.neurons.data.tables import classified

BYTES = 8


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Return the array of an IDX file, compressed by gzip or not.

    ``DataError`` for another type, number of dimensions, or length than the header says.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from error
    start = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, BYTES, dimensions]):
        raise DataError(
            f"{path}: begins with {content[:4].hex() or 'nothing'}, where an IDX file of "
            f"{dimensions} dimensions begins with 000008{dimensions:02x}"
        )
    if len(content) < start:
        raise DataError(f"{path}: {len(content)} bytes, where the header has {start}; is it cut?")
    shape = [int(size) for size in np.frombuffer(content, ">u4", dimensions, 4)]
    if len(content) - start != math.prod(shape):
        raise DataError(
            f"{path}: {len(content) - start:,} bytes of numbers, where {math.prod(shape):,} of "
            f"shape {shape} are announced; is it cut?"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _from_idx(images: str, labels: str) -> tuple[np.ndarray, np.ndarray]:
    pixels, classes = read_idx(Path(images), 3), read_idx(Path(labels), 1)
    if len(pixels) != len(classes):
        raise DataError(f"{images} has {len(pixels)} images, {labels} {len(classes)} classes")
    return pixels, classes


def _from_datasets(source: str) -> tuple[np.ndarray, np.ndarray]:
    where = f"{source}: train"
    table = columns_of(read_split(source, "train", None, None), where, "image", "label")
    classes = as_classes(f"{where}: label", list(table["label"]))
    try:
        images = np.stack([np.asarray(image) for image in table["image"]])
    except ValueError as error:
        raise DataError(f"{where}: images are not of one size: {reason(error)}") from error
    if images.ndim != 3:
        raise DataError(f"{where}: images of shape {images.shape[1:]}, not of one channel")
    return images, classes


def mnist(section: Mnist, seed: int) -> Rows:
    """Return images as pixels from 0 to 1, and their classes; some are drawn if ``rows`` says so.

    ``ConfigError`` if there are fewer than ``rows``.
    """
    if section.source is not None:
        pixels, classes = _from_datasets(section.source)
    else:
        pixels, classes = _from_idx(str(section.images), str(section.labels))
    if not pixels.size:
        raise DataError(f"data: images of shape {pixels.shape}: there is none, or none has a pixel")
    if section.rows and section.rows > len(pixels):
        raise ConfigError(f"data.rows: {section.rows}, but there are {len(pixels)} images")
    chosen = generator(seed, "images").permutation(len(pixels))[: section.rows]
    flat = pixels[chosen].reshape(len(chosen), -1) / np.float32(255)
    names = [str(number) for number in range(int(classes.max()) + 1)]
    facts = {"classes": names, "shape": list(pixels.shape[1:])}
    return classified(flat, classes[chosen], section, seed, facts)
