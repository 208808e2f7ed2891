"""``sametask answer``: what a stitched network answers to files of sound."""

from __future__ import annotations

import argparse
from pathlib import Path

from sametask.base.errors import DataError, about

ABOUT = "Let the stitched network of an experiment answer for files of sound."
EXAMPLE = "sametask answer results/speech-sentiment clip.wav"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("results", help="folder of an experiment with stitching.export")
    parser.add_argument("files", nargs="+", help="files of sound: WAV, FLAC, OGG, MP3")


def run(options: argparse.Namespace) -> None:
    """Print one line for each file: its name, and the answer."""
    # Imported here: torch takes seconds.
    from sametask.inputs.data_sets.sounds import read_sound
    from sametask.inputs.sounds import resampled
    from sametask.maps.exported import load_answering

    network = load_answering(Path(options.results) / "network")
    if network.rate is None:
        raise DataError(f"{options.results}: its networks hear no sound")
    for path in options.files:
        with about(path):
            sound, rate = read_sound(path)
            outputs = network.of_sound(resampled(sound, rate, network.rate))
            note = "" if rate == network.rate else f" ({rate} Hz, resampled to {network.rate} Hz)"
            print(f"{path}{note}: {network.told(outputs)[0]}")
