"""The page of a population of networks: what their weights reveal."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sametask.report.data.population import Studied
from sametask.report.pages.population_parts import Part, parts_of
from sametask.report.pages.rendering import write_with_figures
from sametask.report.pages.saving import save_all
from sametask.report.wording.addresses import file_name
from sametask.report.wording.population import (
    answer_sentences,
    varied_words,
)


def _shown(part: Part, folder: Path) -> dict[str, Any]:
    return {
        "id": f"part-{file_name(part.name)}",
        "title": part.title,
        "sentences": part.sentences,
        "tables": [asdict(table) for table in part.tables],
        "figures": save_all(part.pictures, folder),
    }


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
        "parts": [_shown(part, folder) for part in parts_of(studied)],
    }


def write_population(studied: Studied, page: str | Path, folder: str | Path) -> None:
    """Write the page of a population and the folder of its figures."""
    write_with_figures(page, folder, "population.html", partial(context, studied))
