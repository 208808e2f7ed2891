"""Samples of each network's own, beside those that all networks share.

The shared samples are the test samples and the pool. A network's fit samples begin with the first
``samples.anchors`` of the pool, in the same order for all networks; the others are its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.base.errors import ConfigError
from sametask.base.randomness import generator
from sametask.config.sections.input_sections import DataSet, InputsSection
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs.data_sets.arrays import open_table
from sametask.inputs.data_sets.equal_rows import apart, counted, distinct, first_rows
from sametask.inputs.samples import (
    Draw,
    kind_of,
    place_draw,
    read_rows,
    require_finite,
    require_usable,
)


def _divided_rows(
    first: np.ndarray, fit_rows: int | None, test: int, pool: int, seed: int
) -> dict[str, np.ndarray]:
    """Divide the distinct rows of a data set at random into ``test``, ``pool`` and the ``rest``.

    ``fit_rows`` is that of the ``Table``.
    """
    order = generator(seed, "rows").permutation(len(first))
    if fit_rows is None:
        order = distinct(order, first)
    else:
        tested, others = (distinct(part, first) for part in apart(order, first, fit_rows))
        if test > len(tested):
            raise ConfigError(f"samples.test: {test}, but the test split has {len(tested)} rows")
        order = np.concatenate([tested[:test], others])
    if test + pool > len(order):
        raise ConfigError(
            f"samples: test + shared = {test + pool}, but the data set has {counted(first)}; "
            f"test: {max(0, len(order) - pool)} is the most beside {pool} shared ones"
        )
    pieces = np.split(order, [test, test + pool])
    return dict(zip(("test", "pool", "rest"), pieces, strict=True))


def draw_shared(
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    pool: int,
    first: np.ndarray | None = None,
) -> dict[str, Draw]:
    """Return the samples that all networks share: ``test``, and ``pool`` unless it is empty.

    The arguments are sections of an experiment, the size of the pool, and what ``first_rows``
    returned, if that is known. Test samples are those of ``draw_samples``; only one of several
    equal rows is drawn. Raises ``ConfigError`` for more rows than there are, ``DataError`` for
    samples that cannot be used.
    """
    if isinstance(inputs, DataSet):
        with open_table(inputs) as table:
            first = first_rows(table) if first is None else first
            rows = _divided_rows(first, table.fit_rows, samples.test, pool, seed)
            # The pool stays in random order: its first n samples are a random choice for every n.
            wanted = {"test": np.sort(rows["test"]), "pool": rows["pool"]}
            draws = {
                part: read_rows(table, of_part, kind_of(task)) for part, of_part in wanted.items()
            }
    else:
        sizes = {"test": samples.test, "pool": pool}
        sections = inputs, samples, task, seed
        draws = {part: place_draw(*sections, part, size) for part, size in sizes.items() if size}
    require_usable("test", draws["test"], task)
    if pool == 0:
        return {"test": draws["test"]}
    require_finite("pool", draws["pool"])
    return draws


def _own_rows(
    first: np.ndarray,
    fit_rows: int | None,
    samples: Samples,
    pool: int,
    portion: tuple[int, int],
    seed: int,
) -> np.ndarray:
    """Return the ascending rows that only this network has."""
    divided = _divided_rows(first, fit_rows, samples.test, pool, seed)
    rest, total = divided["rest"], sum(map(len, divided.values()))
    number, networks = portion
    anchors = samples.anchors or 0
    count, most = samples.fit - anchors, len(rest) // networks
    if count > most:
        raise ConfigError(
            f"samples: {networks} networks with fit - anchors = {count} rows of their own need "
            f"{networks * count}, but {len(rest)} of {total} distinct rows are neither test nor "
            f"shared; fit: {most + anchors} is the most"
        )
    return np.sort(rest[number * most : number * most + count])


def draw_own(
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    shared: Mapping[str, Draw],
    name: str,
    portion: tuple[int, int],
    first: np.ndarray | None = None,
) -> Draw:
    """Return the fit samples of the network ``name``: first the shared anchors, then its own.

    ``shared`` is what ``draw_shared`` returned, ``first`` what ``first_rows`` did, if that is
    known. In a domain the draws of networks are independent; the distinct rows of an array are
    divided, and ``portion`` is the number of this network and the number of all. Raises
    ``ConfigError`` for more rows than there are, ``DataError`` for samples that cannot be used.
    """
    pool = shared.get("pool")
    if isinstance(inputs, DataSet):
        size = 0 if pool is None else len(pool.inputs)
        with open_table(inputs) as table:
            first = first_rows(table) if first is None else first
            rows = _own_rows(first, table.fit_rows, samples, size, portion, seed)
            own_samples = read_rows(table, rows, kind_of(task))
    else:
        count = samples.fit - (samples.anchors or 0)
        own_samples = place_draw(inputs, samples, task, seed, f"fit {name}", count)
    fit = (
        pool[: samples.anchors].then(own_samples)
        if pool is not None and samples.anchors
        else own_samples
    )
    require_usable("fit", fit, task)
    return fit
