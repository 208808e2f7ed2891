"""Draw the samples of an experiment: those a map is fitted on, and those it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.errors import ConfigError, DataError, about
from sametask.inputs.arrays import Table, first_not_finite, open_table
from sametask.inputs.domains import Domain, place
from sametask.inputs.returned import require_each
from sametask.randomness import generator
from sametask.references import resolve, users_code


@dataclass(frozen=True)
class Draw:
    """Inputs (n, …), their targets (n, …) where known, and their rows in a data set."""

    inputs: np.ndarray
    targets: np.ndarray | None
    rows: np.ndarray | None = None

    def __getitem__(self, chosen: slice | np.ndarray) -> Draw:
        """Return some of the samples, with what is known of them."""
        parts = (None if known is None else known[chosen] for known in vars(self).values())
        return Draw(*parts)

    def then(self, other: Draw) -> Draw:
        """Return these samples and after them those of another draw of the same kind."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Draw(*(None if one is None else np.concatenate([one, two]) for one, two in pairs))


def evaluate_target(reference: str, points: np.ndarray) -> np.ndarray:
    """Return what the function ``package.module:function`` makes of inputs (n, …): (n, …).

    Raises ``DataError`` if that is not one finite target for each input.
    """
    function = resolve(reference)
    with users_code(f"target {reference}"):
        targets = np.asarray(function(points))
    require_each(f"{reference}: must return one finite target for each input", targets, points)
    return targets


def place_draw(
    inputs: Mapping[str, Any],
    samples: Mapping[str, Any],
    task: Mapping[str, Any] | None,
    seed: int,
    stream: str,
    count: int,
    shift: float = 0.0,
) -> Draw:
    """Return ``count`` samples of a domain and the targets that the task's function gives them.

    ``inputs``, ``samples`` and ``task`` are sections of an experiment; ``stream`` keeps draws
    apart. Raises as ``evaluate_target`` does.
    """
    domain = Domain.of(inputs)
    points = place(count, domain.low, domain.high, samples["placement"], stream, seed, shift)
    known = task is not None and task["target"] is not None
    return Draw(points, evaluate_target(task["target"], points) if known else None)


def read_rows(table: Table, rows: np.ndarray) -> Draw:
    """Return some rows of a data set, in the order asked for."""
    return Draw(*table.read(rows), rows)


def require_finite(part: str, drawn: Draw) -> None:
    """Refuse inputs that are not finite, by a ``DataError`` that names the first of a part."""
    row = first_not_finite(drawn.inputs)
    if row is not None:
        of_file = "" if drawn.rows is None else f" (row {drawn.rows[row]} of the data set)"
        raise DataError(f"{part} sample {row}{of_file} has an input that is not finite")


def require_usable(part: str, drawn: Draw, task: Mapping[str, Any] | None) -> None:
    """Refuse samples that nothing can be fitted on or measured on, by ``DataError``."""
    require_finite(part, drawn)
    with about(f"{part} samples"):
        _require_classes(task, drawn.targets)


def _require_classes(task: Mapping[str, Any] | None, targets: np.ndarray | None) -> None:
    """Refuse a classification of one class only: its accuracies and agreement mean nothing."""
    if task is not None and task["kind"] == "classification" and targets is not None:
        classes = np.unique(targets)
        if len(classes) < 2:
            raise DataError(
                f"all {len(targets)} samples are of class {classes[0]}; a classification needs two"
            )


def _array_rows(total: int, samples: Mapping[str, Any], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the fit and of the test samples, which share none."""
    wanted = samples["fit"] + samples["test"]
    if wanted > total:
        raise ConfigError(
            f"samples: fit + test = {wanted}, but the data set has {total} rows; "
            f"fit: {total - samples['test']} is the most beside test: {samples['test']}"
        )
    order = generator(seed, "rows").permutation(total)
    return order[samples["test"] : wanted], order[: samples["test"]]


def draw_samples(
    inputs: Mapping[str, Any],
    samples: Mapping[str, Any],
    task: Mapping[str, Any] | None,
    seed: int,
) -> dict[str, Draw]:
    """Return the ``fit`` and the ``test`` samples of an experiment.

    The arguments are the sections of ``config.Experiment`` as plain values. Rows of an array
    are divided at random; in a domain both sets are placed by the same rule.
    """
    if inputs["domain"] == "array":
        with open_table(inputs) as table:
            fit, test = _array_rows(len(table), samples, seed)
            draws = {"fit": read_rows(table, np.sort(fit)), "test": read_rows(table, np.sort(test))}
    else:
        sections = inputs, samples, task, seed
        draws = {
            part: place_draw(*sections, part, samples[part], shift)
            for part, shift in (("fit", 0.0), ("test", samples["test_shift"]))
        }
    for part, drawn in draws.items():
        require_usable(part, drawn, task)
    return draws
