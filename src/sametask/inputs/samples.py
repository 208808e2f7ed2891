"""Draw the samples of an experiment: those that a map is fitted on, and those that test it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sametask.base.errors import ConfigError, DataError, about
from sametask.base.randomness import generator
from sametask.base.references import resolve, users_code
from sametask.config.sections.input_sections import DataSet, DomainSection, InputsSection
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs.data_sets.arrays import Table, open_table
from sametask.inputs.data_sets.equal_rows import apart, counted, divide, first_rows
from sametask.inputs.data_sets.labels import as_targets
from sametask.inputs.domains import Domain, place
from sametask.inputs.finite import first_not_finite
from sametask.inputs.returned import require_each


@dataclass(frozen=True)
class Draw:
    """Inputs (n, …), their targets (n, …) if known, and their rows in a data set."""

    inputs: np.ndarray
    targets: np.ndarray | None
    rows: np.ndarray | None = None

    def __getitem__(self, chosen: slice | np.ndarray) -> Draw:
        """Return some of the samples, with their targets and rows."""
        targets, rows = (
            None if array is None else array[chosen] for array in (self.targets, self.rows)
        )
        return Draw(self.inputs[chosen], targets, rows)

    def then(self, other: Draw) -> Draw:
        """Return these samples, followed by those of another draw of the same kind."""
        return Draw(
            np.concatenate([self.inputs, other.inputs]),
            _joined(self.targets, other.targets),
            _joined(self.rows, other.rows),
        )


def _joined(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
    return None if first is None or second is None else np.concatenate([first, second])


def evaluate_target(reference: str, points: np.ndarray) -> np.ndarray:
    """Return the targets (n, …) of the function ``package.module:function`` for inputs (n, …).

    Raises ``DataError`` unless it returns one finite target for each input.
    """
    function = resolve(reference)
    with users_code(f"target {reference}"):
        targets = np.asarray(function(points))
    require_each(f"{reference}: must return one finite target for each input", targets, points)
    return targets


def place_draw(
    inputs: DomainSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    stream: str,
    count: int,
    shift: float = 0.0,
) -> Draw:
    """Return ``count`` samples of a domain, and their targets by the function of the task.

    ``inputs``, ``samples`` and ``task`` are sections of an experiment; ``stream`` keeps draws
    apart. Raises as ``evaluate_target`` does.
    """
    domain = Domain.of(inputs)
    points = place(count, domain.low, domain.high, samples.placement, stream, seed, shift)
    if task is None or task.target is None:
        return Draw(points, None)
    return Draw(points, as_targets(evaluate_target(task.target, points), task.kind))


def read_rows(table: Table, rows: np.ndarray, kind: str | None) -> Draw:
    """Return some rows of a data set, in the order asked for, with targets of a kind of task."""
    inputs, labels = table.read(rows)
    return Draw(inputs, as_targets(labels, kind), rows)


def kind_of(task: Task | None) -> str | None:
    """Return the kind of a task, if it is known."""
    return task.kind if task else None


def require_finite(part: str, drawn: Draw) -> None:
    """Raise ``DataError`` that names the first sample whose input is not finite."""
    row = first_not_finite(drawn.inputs)
    if row is not None:
        of_file = "" if drawn.rows is None else f" (row {drawn.rows[row]} of the data set)"
        raise DataError(f"{part} sample {row}{of_file} has an input that is not finite")


def require_usable(part: str, drawn: Draw, task: Task | None) -> None:
    """Raise ``DataError`` for samples that cannot be fitted or tested."""
    require_finite(part, drawn)
    with about(f"{part} samples"):
        _require_classes(task, drawn.targets)


def _require_classes(task: Task | None, targets: np.ndarray | None) -> None:
    """Refuse a classification with a single class: accuracy and agreement would mean nothing."""
    if task is not None and task.kind == "classification" and targets is not None:
        classes = np.unique(targets)
        if len(classes) < 2:
            raise DataError(
                f"all {len(targets)} samples are of class {classes[0]}; a classification needs two"
            )


def _rows(
    first: np.ndarray, fit_rows: int | None, samples: Samples, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the fit and of the test samples; no row of one equals one of the other.

    ``fit_rows`` is that of the ``Table``.
    """
    fit, test = samples.fit, samples.test
    order = generator(seed, "rows").permutation(len(first))
    if fit_rows is not None:
        parts = apart(order, first, fit_rows)
        for part, asked, rows in zip(("test", "fit"), (test, fit), parts, strict=True):
            if asked > len(rows):
                raise ConfigError(
                    f"samples.{part}: {asked}, but the {part} split has {len(rows)} rows"
                    + (" that are not in the test split" if part == "fit" else "")
                )
        return parts[1][:fit], parts[0][:test]
    divided = divide(order, first, test, fit)
    if isinstance(divided, int):
        raise ConfigError(
            f"samples: fit + test = {fit + test}, but the data set has {counted(first)}; "
            f"fit: {divided} is the most beside test: {test}"
        )
    tested, fitted = divided
    return fitted, tested


def _require_apart(inputs: DomainSection, fit: np.ndarray, test: np.ndarray) -> None:
    """Refuse test samples that are also fit samples: they would not be held out."""
    repeated = int(Domain.of(inputs).meeting(test, fit).sum())
    if repeated:
        raise ConfigError(
            f"samples.test_shift: {repeated} of {len(test)} test samples are fit samples as well; "
            "shift them by a part of the spacing, or choose placement: random or sobol"
        )


def draw_samples(
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    first: np.ndarray | None = None,
) -> dict[str, Draw]:
    """Return the ``fit`` and the ``test`` samples of an experiment.

    The arguments are sections of an experiment, and what ``first_rows`` returned, if that is
    known. Rows of a data set are divided at random as ``divide`` does it, or, if it has a split for
    each part, drawn from these; in a domain both sets are
    placed by the same rule. Raises ``ConfigError`` for more rows than there are, and for test
    samples that are fit samples.
    """
    if isinstance(inputs, DataSet):
        with open_table(inputs) as table:
            first = first_rows(table) if first is None else first
            rows = _rows(first, table.fit_rows, samples, seed)
            draws = {
                part: read_rows(table, np.sort(of_part), kind_of(task))
                for part, of_part in zip(("fit", "test"), rows, strict=True)
            }
    else:
        sections = inputs, samples, task, seed
        draws = {
            "fit": place_draw(*sections, "fit", samples.fit),
            "test": place_draw(*sections, "test", samples.test, samples.test_shift),
        }
        _require_apart(inputs, *(drawn.inputs for drawn in draws.values()))
    for part, drawn in draws.items():
        require_usable(part, drawn, task)
    return draws
