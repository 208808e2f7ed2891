"""Clips of sound, from a data set of the library ``datasets``; decoded when they are needed.

The files in it are decoded by libsndfile (WAV, FLAC, OGG, MP3, …), not by the library.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sametask.base.errors import ConfigError, DataError, about, reason
from sametask.config.sections.data_set_sections import SOUND, Speech
from sametask.inputs.data_sets.splits import as_classes, columns_of, read_split
from sametask.inputs.data_sets.texts import as_texts
from sametask.inputs.fields import join_fields
from sametask.inputs.sounds import LOUDEST, PADDING, as_sound, resampled
from sametask.inputs.texts import encode, longest

if TYPE_CHECKING:
    from datasets import Dataset

log = logging.getLogger(__name__)
# A clip whose largest value is below this is silent: -80 dB of the largest that there is.
SILENT = 1e-4
# Sampling rates of sound, lowest and highest. Others are of damaged headers, and resampling by them
# takes gigabytes.
RATES = 1000, 1_000_000


def read_sound(file: Any) -> tuple[np.ndarray, int]:
    """Return the sound (L,), int16, of a path or a binary file, and its sampling rate.

    Raises ``DataError`` for what is no sound, has several channels, is empty or silent, and for a
    sampling rate that sound does not have.
    """
    try:
        # Imported here: only networks of speech need it.
        import soundfile
    except ImportError as error:
        raise ConfigError(
            "speech: needs soundfile; pip install 'sametask[speech]', or `make setup`"
        ) from error
    try:
        # Not int16: files of floating-point numbers would not be scaled.
        values, rate = soundfile.read(file, dtype="float64", always_2d=True)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise DataError(f"damaged, or no sound: {reason(error)}; leave it out") from error
    if values.shape[1] != 1:
        raise DataError(f"has {values.shape[1]} channels; mix them into one (mono)")
    if not RATES[0] <= rate <= RATES[1]:
        raise DataError(
            f"has {rate:,} values a second, sound has {RATES[0]:,} to {RATES[1]:,}; leave it out"
        )
    if not values.size:
        raise DataError("is an empty clip; leave it out")
    if not np.isfinite(values).all():
        raise DataError("has NaN or infinite values; leave it out")
    if np.abs(values).max() < SILENT:
        raise DataError("is silent; leave it out")
    return as_sound(values[:, 0] * (LOUDEST + 1)), rate


@dataclass(frozen=True)
class Part:
    """The clips of one split, and where they come from, for messages."""

    where: str
    table: Dataset

    def file(self, row: int) -> Any:
        """Return the file of a clip: its bytes, or its path."""
        (value,) = self.table[row].values()
        if not value or not (value["bytes"] or value["path"]):
            raise DataError("has no sound; leave it out")
        if value["bytes"]:
            return BytesIO(value["bytes"])
        if not Path(value["path"]).is_file():
            raise DataError(f"{value['path']}: no such file, and the row has no bytes")
        return value["path"]


@dataclass(frozen=True)
class Clips:
    """The clips of splits as rows (n, L), see ``inputs.sounds``, decoded when they are indexed.

    With ``texts``, rows of bytes by the name of their column, they are records (n,) of the sound
    and its texts.
    """

    parts: tuple[Part, ...]
    rate: int
    width: int
    texts: Mapping[str, np.ndarray]
    resampled_from: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return sum(len(part.table) for part in self.parts)

    @property
    def dtype(self) -> np.dtype:
        """The type of the rows."""
        return self[:0].dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of clips, and of samples of sound if they are no records."""
        return (len(self), *self[:0].shape[1:])

    def __getitem__(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Return some rows. Raises ``DataError`` that names the first clip that cannot be used."""
        rows = np.arange(len(self))[chosen]
        sound = np.full((len(rows), self.width), PADDING, np.int16)
        for place, row in enumerate(rows.tolist()):
            clip = self._clip(row)
            sound[place, : len(clip)] = clip
        if not self.texts:
            return sound
        fields = {SOUND: sound} | {name: texts[rows] for name, texts in self.texts.items()}
        # In the order in which a store gives them back.
        return join_fields(dict(sorted(fields.items())))

    def _clip(self, row: int) -> np.ndarray:
        for part in self.parts:
            if row < len(part.table):
                break
            row -= len(part.table)
        with about(f"{part.where}: row {row}"):
            sound, rate = read_sound(part.file(row))
            seconds, most = len(sound) / rate, self.width / self.rate
            if seconds > most:
                raise DataError(
                    f"has {seconds:.2f} seconds, and inputs.longest is {most:g}; give {seconds:.2f}"
                    " or more, or leave it out"
                )
            if rate != self.rate and rate not in self.resampled_from:
                self.resampled_from.add(rate)
                log.warning(
                    "%s: clips of %d Hz are resampled to %d Hz", part.where, rate, self.rate
                )
            return resampled(sound, rate, self.rate)[: self.width]


def read_clips(inputs: Speech) -> tuple[Clips, np.ndarray | None, int | None]:
    """Return the clips of one split or of two, their classes (n,), and the rows of the first split.

    Without ``label`` there are no classes; there is no number of rows unless there are two splits.
    Raises ``ConfigError`` for what is no data set, and for a split or column that it does not have.
    """
    parts, labels = [], []
    texts: dict[str, list[str]] = {name: [] for name in inputs.texts}
    for split in inputs.splits:
        where = f"{inputs.source}: {split}"
        table = read_split(inputs.source, split, inputs.configuration, inputs.revision)
        table = columns_of(table, where, inputs.audio, inputs.label, *inputs.texts)
        parts.append(Part(f"{where}: {inputs.audio}", _files_of(table, where, inputs.audio)))
        for name, known in texts.items():
            known.extend(as_texts(f"{where}: {name}", list(table[name])))
        if inputs.label is not None:
            labels.append(as_classes(f"{where}: {inputs.label}", list(table[inputs.label])))
    rows = {name: encode(known, longest(known)) for name, known in texts.items()}
    clips = Clips(tuple(parts), inputs.rate, inputs.width, rows)
    fit_rows = len(parts[0].table) if parts[1:] else None
    return clips, np.concatenate(labels) if labels else None, fit_rows


def _files_of(table: Dataset, where: str, column: str) -> Dataset:
    """Return the files of clips in a table, not decoded; refuse a column of something else."""
    from datasets import Audio

    if not len(table):
        raise DataError(f"{where}: has no rows")
    table = table.select_columns([column])
    kind = table.features[column]
    if isinstance(kind, Audio):
        # The library decodes sound by torchcodec.
        return table.cast_column(column, Audio(decode=False))
    if not isinstance(kind, dict) or set(kind) != {"bytes", "path"}:
        raise ConfigError(
            f"{where}: column {column} has no sound; name the column of the clips as inputs.audio"
        )
    return table
