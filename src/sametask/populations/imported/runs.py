"""The networks of a file whose rows are their checkpoints, in any order."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sametask.base.errors import DataError, quoted
from sametask.populations.imported.tables import number_in


@dataclass(frozen=True)
class Placed:
    """Where the checkpoints of n networks are among the rows of a file.

    ``networks`` (n,) are places among all runs, ``epochs`` (E,) those that occur, and ``rows``
    (n, E) the row of each checkpoint, or −1 where there is none.
    """

    networks: np.ndarray
    epochs: np.ndarray
    rows: np.ndarray


class Runs:
    """The runs that trained networks, gathered row by row.

    ``figures`` names what each checkpoint has, and ``own`` what all of a run have in common.
    """

    def __init__(self, figures: Sequence[str], own: Sequence[str]) -> None:
        self.own = list(own)
        self._figures, self._values = list(figures), array("d")
        self._run, self._epoch = array("q"), array("q")
        self._places: dict[str, int] = {}
        self._texts: list[list[str]] = []

    def add(self, name: str, epoch: int, figures: Sequence[float], texts: Sequence[str]) -> None:
        """Add a row: the name of its run, its epoch, its figures, and the run's own ``texts``.

        ``DataError`` if there is no name, or if another row of the run has other texts.
        """
        if not name:
            raise DataError("names no run")
        place = self._places.setdefault(name, len(self._places))
        if place == len(self._texts):
            self._texts.append(list(texts))
        for key, text, before in zip(self.own, texts, self._texts[place], strict=True):
            if text != before:
                raise DataError(
                    f"run {quoted(name)} has the {key} {quoted(text)} and {quoted(before)}"
                )
        self._run.append(place)
        self._epoch.append(epoch)
        self._values.extend(figures)

    def __len__(self) -> int:
        return len(self._run)

    @property
    def names(self) -> list[str]:
        """The names of the runs, in the order of their first rows."""
        return list(self._places)

    @property
    def run(self) -> np.ndarray:
        """The place (r,) of each row's run among ``names``."""
        return np.array(self._run, np.int64)

    @property
    def figures(self) -> dict[str, np.ndarray]:
        """The figures (r,) of each row, by name."""
        values = np.array(self._values, np.float32).reshape(len(self), len(self._figures))
        return dict(zip(self._figures, values.T, strict=True))

    def texts(self, key: str, networks: np.ndarray) -> list[str]:
        """Return what ``own`` names ``key``, of some of the runs (n,)."""
        place = self.own.index(key)
        return [self._texts[network][place] for network in networks]

    def numbers(self, key: str, networks: np.ndarray) -> np.ndarray:
        """Return the same as numbers (n,)."""
        return np.array([number_in(text, key) for text in self.texts(key, networks)])

    def placed(self, usable: np.ndarray) -> Placed:
        """Return where the checkpoints are, of the rows that are ``usable`` (r,).

        Runs without such a row are left out. ``DataError`` if a run has two rows of an epoch.
        """
        run, epoch = self.run, np.array(self._epoch, np.int64)
        pairs, counts = np.unique(np.stack([run, epoch], axis=1), axis=0, return_counts=True)
        for place, step in pairs[counts > 1][:1]:
            raise DataError(f"run {quoted(self.names[place])} has several rows of epoch {step}")
        kept = np.flatnonzero(usable)
        networks, of_network = np.unique(run[kept], return_inverse=True)
        epochs, of_epoch = np.unique(epoch[kept], return_inverse=True)
        rows = np.full((len(networks), len(epochs)), -1)
        rows[of_network, of_epoch] = kept
        return Placed(networks, epochs, rows)
