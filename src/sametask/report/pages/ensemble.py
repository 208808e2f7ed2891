"""The page of an ensemble of networks: which of their neurons can be merged."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sametask.report.data.ensemble import Ensemble
from sametask.report.pages.ensemble_parts import parts_of
from sametask.report.pages.rendering import write_with_figures
from sametask.report.wording.ensemble import about, answer_sentences


def context(ensemble: Ensemble, folder: Path) -> dict[str, Any]:
    """Return everything that ``ensemble.html`` shows, after writing the figures to a folder."""
    return {
        "name": ensemble.name,
        "answers": answer_sentences(ensemble),
        "about": about(ensemble),
        "parts": [part.shown(folder) for part in parts_of(ensemble)],
    }


def write_ensemble(ensemble: Ensemble, page: str | Path, folder: str | Path) -> None:
    """Write the page of an ensemble and the folder of its figures."""
    write_with_figures(page, folder, "ensemble.html", partial(context, ensemble))
