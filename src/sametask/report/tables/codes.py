"""The table of autoencoders of weights."""

from __future__ import annotations

from collections.abc import Mapping

from sametask.report.data.population import Studied
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.autoencoders import ORDERS, autoencoder_words
from sametask.report.wording.population import NONE, figure_text, reported_text, score_text
from sametask.storage.store import Store
from sametask.weights.scores import Score

# Scores of an autoencoder, by their heading; the first stands there with its interval.
COLUMNS = {
    "R² of all weights [95 % interval]": "r2",
    "R², mean over weights": "r2_average",
    "accuracy kept": "kept_accuracy",
    "accuracy kept, last epoch": "kept_accuracy_last",
}
# Ways to tell accuracy from its codes.
WAYS = {"accuracy from the code, linear, R²": "linear", "by a network, R²": "network"}


def _estimate(score: Mapping[str, float] | None) -> Cell:
    return Cell(figure_text(score["estimate"] if score else None))


def _from_code(studied: Studied, name: str) -> list[Cell]:
    """Return how well accuracy is told from the codes of an autoencoder, by each way."""
    told = (studied.told_from_codes or {}).get("accuracy", {}).get(name, {})
    return [_estimate(told.get(way, {}).get("r2")) for way in WAYS.values()]


def _row(studied: Studied, name: str, store: Store, source: Mapping[str, float]) -> Row:
    facts = store.attributes
    first, *others = [facts.get(key) for key in COLUMNS.values()]
    count = facts.get("parameters")
    return Row(
        autoencoder_words(name),
        [
            Cell(score_text(Score(**first)) if first else NONE),
            *map(_estimate, others),
            *_from_code(studied, name),
            Cell(reported_text(source.get(name))),
            Cell(NONE if count is None else f"{count:,}"),
        ],
    )


def codes_tables(studied: Studied) -> list[Table]:
    """Return the table of the autoencoders, those of raw order and of aligned weights apart."""
    source = studied.source.reconstructed if studied.source else {}
    groups = {
        order: [
            _row(studied, name, store, source)
            for name, store in studied.codes.items()
            if order in name.split("-")
        ]
        for order in ORDERS
    }
    titles = {"raw": "Weights in raw order", "aligned": "Weights in their canonical order"}
    return [
        Table(
            "autoencoder",
            [*COLUMNS, *WAYS, "the source’s R²", "parameters"],
            [Group(titles[order], rows) for order, rows in groups.items() if rows],
            "Held-out networks, after epoch 0. R² of aligned weights and of those in raw order are "
            "of two tasks; only the latter stand beside the source. Accuracy kept: that of the "
            "decoded networks, as a share of the accuracy of the networks.",
        )
    ]
