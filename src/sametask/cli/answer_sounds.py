"""``sametask answer``: what a stitched network answers to files of sound."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sametask.base.errors import LONGEST, DataError, SametaskError, about, nearest, one_line

ABOUT = "Let the stitched network of an experiment answer for files of sound."
EXAMPLE = "sametask answer results/speech-sentiment clip.wav"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("results", help="folder of an experiment with stitching.export")
    parser.add_argument("files", nargs="+", help="files of sound: WAV, FLAC, OGG, MP3")


def run(options: argparse.Namespace) -> None:
    """Print one line for each file: its name, and the answer; then what is wrong with others."""
    # Imported here: torch takes seconds.
    from sametask.inputs.data_sets.sounds import read_sound
    from sametask.inputs.sounds import resampled
    from sametask.maps.answering import TOKENISE
    from sametask.maps.exported import load_answering

    network = load_answering(Path(options.results) / "network")
    if network.rate is None or network.source.function == TOKENISE:
        raise DataError(f"{options.results}: its source, which is given the files, hears no sound")
    refused = []
    for path in options.files:
        try:
            with about(path):
                require_file(Path(path))
                sound, rate = read_sound(path)
                outputs = network.of_sound(resampled(sound, rate, network.rate))
        except SametaskError as error:
            # The other files have their answers.
            refused.append(error)
            continue
        note = "" if rate == network.rate else f" ({rate} Hz, resampled to {network.rate} Hz)"
        # Names of files may have several lines.
        print(f"{one_line(path, LONGEST)}{note}: {network.told(outputs)[0]}")
    for one in refused[:-1]:
        print(f"sametask: error: {one}", file=sys.stderr)
    if refused:
        raise refused[-1]


def require_file(path: Path) -> None:
    """Raise ``DataError`` for a folder, and for a file that is not there, with the nearest name."""
    if path.is_dir():
        raise DataError("is a folder; give files of sound")
    if not path.is_file():
        there = [one.name for one in path.parent.glob("*")]
        raise DataError(f"no such file; {nearest(path.name, there)}")
