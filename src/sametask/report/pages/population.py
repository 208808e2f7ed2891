"""The page of a population of networks: what their weights reveal."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sametask.report.data.population import Studied
from sametask.report.pages.population_parts import parts_of
from sametask.report.pages.rendering import write_with_figures
from sametask.report.wording.population import (
    answer_sentences,
    varied_words,
)


def context(studied: Studied, folder: Path) -> dict[str, Any]:
    """Return everything that ``population.html`` shows, after writing the figures to a folder."""
    population = studied.population
    networks, checkpoints, weights = population.store.lazy("weights").shape
    return {
        "name": studied.name,
        "answers": answer_sentences(studied),
        "networks": f"{networks:,}",
        "weights": f"{weights:,}",
        "checkpoints": f"{checkpoints:,}",
        "first": population.epochs[0],
        "last": population.epochs[-1],
        "held_out": f"{int((population.split == 1).sum()):,}",
        "varied": varied_words(population),
        "parts": [part.shown(folder) for part in parts_of(studied)],
    }


def write_population(studied: Studied, page: str | Path, folder: str | Path) -> None:
    """Write the page of a population and the folder of its figures."""
    write_with_figures(page, folder, "population.html", partial(context, studied))
