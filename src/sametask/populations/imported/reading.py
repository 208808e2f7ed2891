"""Read a population that others have trained, whatever its files are."""

from __future__ import annotations

import logging
from pathlib import Path

from sametask.config.sections.imported_population_section import ImportedPopulation
from sametask.populations.imported.google import read_google
from sametask.populations.imported.lab import read_lab
from sametask.populations.imported.zoo import Zoo


def read_zoo(settings: ImportedPopulation) -> Zoo:
    """Return the zoo that settings name; the log tells what is left out of it."""
    source = settings.source
    if source.google:
        split = Path(settings.split) if settings.split else None
        zoo = read_google(Path(source.google), split, settings.seed)
    else:
        zoo = read_lab(Path(str(source.pickled)))
    for why, count in zoo.left_out.items():
        logging.getLogger(__name__).info("%s checkpoints left out: %s", f"{count:,}", why)
    return zoo
