"""What a network of sound is given for clips, and when each of its steps is: a view."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from sametask.base.errors import DataError, NetworkError, quoted, reason
from sametask.config.readable import FRAME, RATE
from sametask.inputs.fields import POSITIONS, STEPS, TOKEN_MASK
from sametask.inputs.sounds import decode_sounds, sound_of
from sametask.storage.hub import downloaded_folder, local_folder

# The file that says how a network is given sound, and the one that has its convolutions.
EXTRACTOR, CONFIGURATION = "preprocessor_config.json", "config.json"
VALUES = "input_values"


@dataclass(frozen=True)
class Steps:
    """The steps that convolutions make of a sound: step k has the ``field`` numbers from k·stride.

    ``kernels`` and ``strides`` are those of the convolutions, in their order; nothing is padded.
    """

    kernels: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def stride(self) -> int:
        """How many numbers of the sound lie between two steps."""
        return int(np.prod(self.strides))

    @property
    def field(self) -> int:
        """How many numbers of the sound a step sees: the receptive field of the convolutions."""
        size = 1
        for kernel, stride in zip(reversed(self.kernels), reversed(self.strides), strict=True):
            size = (size - 1) * stride + kernel
        return size

    def count(self, lengths: np.ndarray) -> np.ndarray:
        """Return how many steps sounds of these lengths (n,) have; none if they are too short."""
        return np.maximum((np.asarray(lengths) - self.field) // self.stride + 1, 0)

    def at(self, times: np.ndarray) -> np.ndarray:
        """Return the step, with its fraction, whose middle is at each time, in numbers of sound."""
        return (times - self.field / 2) / self.stride


@dataclass(frozen=True)
class Ear:
    """How a network hears: its feature extractor, and the steps that it makes."""

    source: str
    extractor: Any
    steps: Steps


@cache
def read_ear(source: str, revision: str | None = None) -> Ear:
    """Return how the network in a folder, or of a hub id, hears.

    Raises ``NetworkError`` for a folder without a feature extractor or without convolutions over
    time.
    """
    # Imported here: it takes seconds, and only networks that hear need it.
    from transformers import AutoFeatureExtractor

    folder = local_folder(source, revision, "network")
    if folder is None:
        folder = downloaded_folder(source, revision, False, (EXTRACTOR, CONFIGURATION), "network")
    for name, what in ((EXTRACTOR, "feature extractor"), (CONFIGURATION, "configuration")):
        if not (folder / name).is_file():
            there = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file()))
            raise NetworkError(
                f"{source}: no {what}: it has no {name}, but {there or 'no file'}; name the folder "
                "that save_pretrained of the network and of its feature extractor wrote"
            )
    try:
        extractor = AutoFeatureExtractor.from_pretrained(folder, trust_remote_code=False)
        configuration = json.loads((folder / CONFIGURATION).read_text())
    except Exception as error:  # the library raises no narrower class
        raise NetworkError(f"{source}: {EXTRACTOR} cannot be read: {reason(error)}") from error
    return Ear(source, extractor, _steps(source, configuration))


def _steps(source: str, configuration: Mapping[str, Any]) -> Steps:
    """Return the steps of a configuration, or of the encoder that it has."""
    for part in (configuration, configuration.get("encoder") or {}):
        if "conv_kernel" not in part or "conv_stride" not in part:
            continue
        kernels, strides = part["conv_kernel"], part["conv_stride"]
        if not (_are_sizes(kernels) and _are_sizes(strides) and len(kernels) == len(strides)):
            raise NetworkError(
                f"{source}: {CONFIGURATION}: conv_kernel and conv_stride are no lists of as many "
                f"whole numbers from 1: {quoted(kernels)}, {quoted(strides)}"
            )
        return Steps(tuple(kernels), tuple(strides))
    raise NetworkError(
        f"{source}: {CONFIGURATION} has no conv_kernel and conv_stride, which say when a step is; "
        "valid: networks such as Wav2Vec2, HuBERT, WavLM, or with one of these as their encoder"
    )


def _are_sizes(values: Any) -> bool:
    """Return whether a value is a list of whole numbers from 1."""
    return (
        isinstance(values, list) and bool(values) and all(type(v) is int and v > 0 for v in values)
    )


def listen(
    samples: np.ndarray,
    network: str,
    rate: int = RATE,
    frame: float = FRAME,
    revision: str | None = None,
) -> dict[str, np.ndarray]:
    """Return what a network is given for sounds, rows (n, L) of ``inputs.sounds``: a view.

    ``input_values`` (n, L) are what the feature extractor in the folder ``network`` makes of them,
    and ``attention_mask`` (n, L) has a 1 for each number of a sound, a 0 for padding. ``_steps``
    (n, T) does so for the steps of its layers. ``_positions`` (n, R, 2) are the points in time
    (r + 1/2) · ``frame``, in seconds, as ranges of steps (see ``activations.ranges``): networks
    with different strides have the same points if they have the same ``frame``; a network whose
    stride is the frame has its steps, each the nearest to a point. Raises
    ``DataError`` for a ``rate`` that is not that of the feature extractor, for a ``frame`` that is
    no time or has no point in a sound, and for a sound that is shorter than what a step sees.
    """
    ear = read_ear(network, revision)
    _require_rate(ear, rate)
    rows = sound_of(samples)
    sounds, width = decode_sounds(rows), rows.shape[1]
    lengths = np.array([len(sound) for sound in sounds])
    _require_long_enough(ear, lengths, rate)
    _require_frames(frame, lengths, width, rate)
    made = ear.extractor(
        [sound.astype(np.float32) / 2**15 for sound in sounds],
        sampling_rate=rate,
        padding="max_length",
        max_length=width,
        return_attention_mask=True,
        return_tensors="np",
    )
    counts, total = ear.steps.count(lengths), int(ear.steps.count(np.array([width]))[0])
    return {
        VALUES: np.asarray(made[VALUES], np.float32),
        TOKEN_MASK: np.asarray(made[TOKEN_MASK], np.int8),
        STEPS: (np.arange(total) < counts[:, None]).astype(np.int8),
        POSITIONS: _ranges(ear.steps, lengths, counts, frame * rate, width),
    }


def _ranges(
    steps: Steps, lengths: np.ndarray, counts: np.ndarray, frame: float, width: int
) -> np.ndarray:
    """Return the points in time of each sound as ranges of its steps (n, R, 2), padded with 0."""
    times = (np.arange(int(width // frame)) + 0.5) * frame
    at = steps.at(times)
    if np.isclose(steps.stride, frame):
        # The steps themselves: between two of them, both would be smoothed. All by the same number
        # of steps: halves would be rounded up and down in turn.
        at = np.arange(len(times)) + np.floor(at[:1] + 0.5)
    first = np.clip(at, 0, counts[:, None] - 1)
    ranges = np.stack([first, first + 1], axis=-1)
    return np.where((times < lengths[:, None])[..., None], ranges, 0.0)


def _require_rate(ear: Ear, rate: int) -> None:
    hears = getattr(ear.extractor, "sampling_rate", rate)
    if hears != rate:
        raise DataError(
            f"rate: {rate} Hz, but the feature extractor of {ear.source} takes {hears} Hz; set "
            f"inputs.rate and the view's rate: {hears}, and sounds are resampled"
        )


def _require_frames(frame: float, lengths: np.ndarray, width: int, rate: int) -> None:
    is_time = isinstance(frame, int | float) and not isinstance(frame, bool)
    if not is_time or not 1 <= frame * rate < np.inf:
        raise DataError(
            f"frame: {quoted(frame)} is no time between frames in seconds; at least 1 / rate, "
            f"{1 / rate:.2g}, and 0.02 for most networks"
        )
    # The first point is in the middle of the first frame, which has to fit into the room.
    most = min(width, 2 * int(lengths.min(initial=width)) - 1)
    if frame * rate > most:
        raise DataError(
            f"frame: {frame:g} s, but the shortest sound has {lengths.min() / rate:.3f} s, and "
            f"there is room for {width / rate:.3f} s: it has no frame; at most {most / rate:.3f}"
        )


def _require_long_enough(ear: Ear, lengths: Sequence[int] | np.ndarray, rate: int) -> None:
    short = np.flatnonzero(ear.steps.count(np.asarray(lengths)) == 0)
    for number in short[:1]:
        raise DataError(
            f"sound {number} has {lengths[number] / rate:.3f} s, and {ear.source} needs "
            f"{ear.steps.field / rate:.3f} s for a single step; leave it out"
        )
