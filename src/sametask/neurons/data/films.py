"""Films: frames that are given back. The last frames are held out."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from sametask.base.errors import DataError, nearest, quoted, reason
from sametask.base.randomness import generator
from sametask.config.sections.ensemble_data_sections import BarVideo, Data, Video
from sametask.inputs.finite import first_not_finite
from sametask.neurons.data.rows import Rows

# Of a bar: its length in sides of the image, and its width.
LONG, WIDE = 0.8, 0.15
# The array of an .npz file, if there are several.
NAME = "frames"


def bar_video(section: BarVideo, seed: int) -> Rows:
    """Return noisy frames of a bar that turns evenly about the centre of the image.

    It looks alike after half a turn. The value of a pixel is the share of it that the bar covers,
    about, plus normal noise.
    """
    angles = np.pi * np.arange(section.frames) / section.period
    clean = np.array([_bar(angle, section.side) for angle in angles])
    noise = section.noise * generator(seed, "noise of a film").standard_normal(clean.shape)
    return _frames(clean + noise, section, {"period": section.period})


def _bar(angle: float, side: int) -> np.ndarray:
    """Return an image (side, side) of a bar with values from 0 to 1."""
    place = np.arange(side) - (side - 1) / 2
    along = np.cos(angle) * place + np.sin(angle) * place[:, None]
    across = np.cos(angle) * place[:, None] - np.sin(angle) * place
    inside = [
        np.clip(share * side / 2 + 0.5 - np.abs(distance), 0, 1)
        for share, distance in ((LONG, along), (WIDE, across))
    ]
    return inside[0] * inside[1]


def _frames(frames: np.ndarray, section: Data, facts: dict[str, Any]) -> Rows:
    """Return frames (n, height, width) as rows that are to be given back."""
    border = round(len(frames) * (1 - section.held_out))
    if not 0 < border < len(frames):
        raise DataError(f"{len(frames)} frames are too few to hold out {section.held_out:.2g}")
    flat = frames.reshape(len(frames), -1).astype(np.float32)
    held = np.arange(len(frames)) >= border
    return Rows(flat, flat, held[None], facts={**facts, "shape": list(frames.shape[1:])})


def video(section: Video, seed: int) -> Rows:
    """Return the frames of a file or folder; whole numbers from 0 to 255 become 0 to 1.

    ``seed`` changes nothing. ``DataError`` for what holds no frames of one size, for colours, and
    for a pixel that is not finite, with the number of its frame.
    """
    path = Path(section.source)
    frames = _of_folder(path) if path.is_dir() else _of_file(path)
    if frames.ndim != 3 or not frames.size or frames.dtype.kind not in "buif":
        raise DataError(
            f"{path}: numbers (frames, height, width) are needed; these are {frames.dtype} of "
            f"shape {frames.shape}"
        )
    wrong = first_not_finite(frames)
    if wrong is not None:
        raise DataError(f"{path}: frame {wrong} has a pixel that is not finite")
    bytes_ = frames.dtype.kind in "ui" and frames.min() >= 0 and frames.max() <= 255
    return _frames(frames / 255 if bytes_ else frames, section, {})


def _of_folder(folder: Path) -> np.ndarray:
    images: list[np.ndarray] = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            with Image.open(path) as image:
                images.append(np.asarray(image.convert("L")))
        except (OSError, UnidentifiedImageError) as error:
            raise DataError(f"{path}: no image: {reason(error)}") from error
        if images[-1].shape != images[0].shape:
            raise DataError(
                f"{path}: {images[-1].shape} pixels, where the first image has {images[0].shape}"
            )
    return np.array(images)


def _of_file(path: Path) -> np.ndarray:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            name = NAME if len(loaded.files) > 1 else loaded.files[0]
            if name not in loaded:
                raise DataError(f"{path}: no array {quoted(NAME)}; {nearest(NAME, loaded)}")
            return np.asarray(loaded[name])
    except (OSError, ValueError, EOFError, IndexError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: no .npy or .npz file of numbers: {reason(error)}") from error
