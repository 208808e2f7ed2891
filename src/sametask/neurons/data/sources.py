"""The files of the user that the rows of an ensemble are read from."""

from __future__ import annotations

from pathlib import Path

from sametask.base.errors import ConfigError
from sametask.config.sections.ensemble_data_sections import Data

# Where data that are not shipped can be had, by the key `of`.
DOWNLOADS = {
    "motion_sense": "https://github.com/mmalekzadeh/motion-sense (A_DeviceMotion_data.zip)",
    "mnist": "https://github.com/fgnt/mnist (four .gz files)",
}


def require_files(section: Data, where: str | Path) -> list[str]:
    """Return the files that the section names, and those in folders that it names.

    ``ConfigError`` with ``where``, the file of the settings, if one is not there.
    """
    files: list[str] = []
    for source in map(Path, section.sources()):
        if not source.exists():
            place = DOWNLOADS.get(getattr(section, "of", ""))
            advice = f"; download it from {place}" if place else ""
            raise ConfigError(f"{where}: data: no file {source}{advice}")
        inside = sorted(source.rglob("*")) if source.is_dir() else [source]
        files += [str(path) for path in inside if path.is_file()]
    return files
