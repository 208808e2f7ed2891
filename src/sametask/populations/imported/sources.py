"""The files of a population that others have trained."""

from __future__ import annotations

from pathlib import Path

from sametask.base.errors import ConfigError
from sametask.config.sections.imported_population_section import ImportedPopulation

# The files of a zoo of Google.
WEIGHTS, METRICS, LAYOUT = GOOGLE = ("weights.npy", "metrics.csv.gz", "layout.csv")


def source_files(settings: ImportedPopulation) -> list[str]:
    """Return the files that a population is read from, whether they are here or not."""
    source, split = settings.source, [settings.split] if settings.split else []
    if source.google:
        return [str(Path(source.google) / name) for name in GOOGLE] + split
    return [str(source.pickled)]


def require_source(settings: ImportedPopulation, where: str | Path) -> list[str]:
    """Return the files of a population; ``ConfigError`` with what to download if one lacks."""
    files = source_files(settings)
    source = settings.source
    for file in files:
        if Path(file).is_file():
            continue
        if file == settings.split:
            raise ConfigError(f"{where}: split: no file {file}")
        place = f"unpack it to {source.google}/" if source.google else f"put it at {file}"
        advice = f"; download {source.download} and {place}" if source.download else ""
        raise ConfigError(f"{where}: source: no file {file}{advice}")
    return files
