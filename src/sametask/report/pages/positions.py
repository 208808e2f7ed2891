"""The page on sequences: how good the maps are for slices of p steps, for every p."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf, nan
from pathlib import Path
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.report.data.names import Names
from sametask.report.figures.positions import Panel, draw_positions
from sametask.report.pages.rendering import write_with_figures
from sametask.report.pages.saving import save_all
from sametask.report.pictures.picture import Picture
from sametask.report.tables.pair import BINARY, METRICS, USERS, headed, heading, kind_rows, own_row
from sametask.report.wording.addresses import file_name
from sametask.report.wording.maps import MAPS, meanings, useful
from sametask.report.wording.numbers import number, share
from sametask.storage.store import read_json
from sametask.verdict.layers.phrases import counted

Figures = Mapping[str, float]

# What the tables show: of classifications, in the order of the thesis, and of regressions.
CLASSES = ("accuracy", *BINARY, "balanced_accuracy", "agreement", "kappa")
NUMBERS = ("output_mse", "activation_r2", "mse")
# The metric that maps are judged by (the first that they have), and one to draw beside it.
JUDGED = {"accuracy": "agreement", "agreement": "kappa", "output_mse": "activation_r2"}
# Maps that are always drawn; the best of all others is drawn, too.
DRAWN = ("intrinsic", "thesis", "direct_rbf", "affine")


@dataclass(frozen=True)
class Cut:
    """An experiment that cuts sequences into slices of p steps, and what its pairs' files say."""

    name: str
    per_sample: int
    evaluations: Sequence[Mapping[str, Any]]
    names: Names = field(default_factory=Names)


@dataclass(frozen=True)
class Way:
    """One direction of a pair: figures of the networks themselves by name, of all maps by p.

    The source has no figures here if its targets differ from those of the target.
    """

    source: str
    target: str
    tests: int
    own: Mapping[str, Figures]
    maps: Mapping[int, Mapping[str, Figures]]
    names: Names = field(default_factory=Names)

    @property
    def judged_by(self) -> str:
        """The metric that decides which map is best."""
        present = {
            metric for maps in self.maps.values() for figures in maps.values() for metric in figures
        }
        return next((metric for metric in JUDGED if metric in present), "output_mse")

    @property
    def columns(self) -> list[str]:
        """The metrics of a table, without those that no map has."""
        shown = NUMBERS if self.judged_by == "output_mse" else CLASSES
        rows = [figures for maps in self.maps.values() for figures in maps.values()]
        return [metric for metric in (*shown, *USERS) if any(metric in row for row in rows)]

    def rank(self, steps: int, name: str) -> tuple[float, ...]:
        """Return a rank that is larger for a better map; ties are broken by agreement and error."""
        figures, metric = self.maps[steps][name], self.judged_by
        # A map without this figure, because its outputs are not finite, is the worst.
        value = figures.get(metric, -inf if METRICS[metric][1] else inf)
        value = value if METRICS[metric][1] else -value
        return value, figures.get("agreement", 0.0), -figures.get("output_mse", inf)

    def best(self, but: Sequence[str] = ()) -> tuple[int, str] | None:
        """Return the steps and the name of the best map that is not among ``but``, if any.

        Neither an ablation nor the route of the thesis is the best. Maps whose ranks equal those of
        a map in ``but`` for every p are left out, too.
        """
        known = [self._ranks(name) for name in but]
        others = [
            (steps, name)
            for steps, maps in self.maps.items()
            for name in useful(maps)
            if name not in but and self._ranks(name) not in known
        ]
        return max(others, key=lambda choice: self.rank(*choice)) if others else None

    def _ranks(self, name: str) -> list[tuple[float, ...]]:
        return [self.rank(steps, name) for steps, maps in self.maps.items() if name in maps]


def read_cut(facts: Mapping[str, Any], evaluations: Sequence[str]) -> Cut:
    """Read the ``evaluation.json`` of every pair of an experiment.

    ``facts`` are ``experiment``, ``per_sample`` and, if known, the section ``task``.
    """
    read = [read_json(path) for path in evaluations]
    return Cut(facts["experiment"], facts["per_sample"], read, Names.of(facts))


def ways(cuts: Sequence[Cut]) -> list[Way]:
    """Return both directions of every pair; all experiments have the same pairs in one order."""
    directions = []
    for pair in zip(*(cut.evaluations for cut in cuts), strict=True):
        # All p have the same networks.
        first, networks = pair[0], pair[0]["networks"]
        for direction, (source, target) in DIRECTIONS.items():
            shown = (source, target) if first["same_targets"] else (target,)
            own = {networks[side]["name"]: networks[side]["task"] for side in shown}
            maps = {
                cut.per_sample: {name: both[direction] for name, both in evaluation["maps"].items()}
                for cut, evaluation in zip(cuts, pair, strict=True)
            }
            names = networks[source]["name"], networks[target]["name"]
            directions.append(Way(*names, first["samples"]["test"], own, maps, cuts[0].names))
    return directions


def _against_own(way: Way, figures: Figures) -> str:
    """Compare a stitched network with the worse of the two networks themselves."""
    metric = "accuracy" if "accuracy" in figures else "mse"
    task_values = {name: task[metric] for name, task in way.own.items() if metric in task}
    if metric not in figures or not task_values:
        return ""
    worse, word = (min, "lower") if METRICS[metric][1] else (max, "larger")
    name = worse(task_values, key=task_values.__getitem__)
    excess = figures[metric] - task_values[name]
    whose = f"the {word} of the two networks' own" if len(task_values) > 1 else "the target's own"
    side = "above" if excess > 0 else "below"
    gap = f"{number(abs(excess))} {side}" if excess else "the same as"
    what = (
        ""
        if metric == way.judged_by
        else f", {heading(metric, way.names)} {number(figures[metric])}"
    )
    return f"{what}, {gap} {whose} ({name}, {number(task_values[name])})"


def sentence(way: Way) -> str:
    """Say which p and which map are best, compared with the networks themselves."""
    best = way.best()
    if best is None:
        return f"There is no map from {way.source} to {way.target}."
    steps, name = best
    figures, metric = way.maps[steps][name], way.judged_by
    text = f"From {way.source} to {way.target} the best is {name} with slices of "
    text += (
        f"{counted(steps, 'step')}: {heading(metric, way.names)} {number(figures.get(metric, nan))}"
    )
    text += _against_own(way, figures)
    if metric != "agreement" and "agreement" in figures:
        agreement = share(figures["agreement"])
        text += f"; the same class as {way.target} for {agreement} of the sequences"
    return text + "."


def _panel(way: Way, metric: str, drawn: Mapping[str, str]) -> Panel:
    """Return a metric of the drawn maps, given as ``{name: label}``; R² as 1 − R²."""
    missed = metric == "activation_r2"
    lines = {
        label: {
            steps: 1 - maps[name][metric] if missed else maps[name][metric]
            for steps, maps in way.maps.items()
            if metric in maps.get(name, {})
        }
        for name, label in drawn.items()
    }
    levels = {f"{name} itself": own[metric] for name, own in way.own.items() if metric in own}
    label = heading(metric, way.names).replace("target", way.target)
    return Panel(label, lines, levels, logarithmic=metric in NUMBERS)


def picture(way: Way) -> Picture:
    """Return the figure of one direction: what maps are judged by, and agreement, over p."""
    present = {name for maps in way.maps.values() for name in maps}
    drawn = {name: name for name in DRAWN if name in present}
    other = way.best(but=DRAWN)
    if other:
        drawn[other[1]] = f"{other[1]} (best of the others)"
    metrics = way.judged_by, JUDGED[way.judged_by]
    headings = " and ".join(heading(metric, way.names) for metric in metrics)
    return Picture(
        file_name(f"{way.source}-{way.target}"),
        "Stitched networks over the steps of a slice",
        draw_positions([_panel(way, metric, drawn) for metric in metrics], sorted(way.maps)),
        f"From {way.source} to {way.target}: {headings} of stitched networks over the steps.",
        "Each mark is a stitched network on the held-out sequences. Horizontal lines: the networks "
        "themselves.",
    )


def _way_context(way: Way, cuts: Sequence[Cut], folder: Path) -> dict[str, Any]:
    columns = way.columns
    groups = [
        {
            "title": counted(cut.per_sample, "step"),
            "name": cut.name,
            "rows": [
                row for kind in kind_rows(way.maps[cut.per_sample], columns) for row in kind["rows"]
            ],
        }
        for cut in cuts
    ]
    return {
        "id": file_name(f"{way.source}-{way.target}"),
        "title": f"{way.source} → {way.target}",
        "sentence": sentence(way),
        "tests": f"{way.tests:,}",
        "figures": save_all([picture(way)], folder),
        **headed(columns, way.names),
        "own": [own_row(name, own, columns) for name, own in way.own.items()],
        "groups": groups,
    }


def _context(experiment: str, cuts: Sequence[Cut], folder: Path) -> dict[str, Any]:
    directions = ways(cuts)
    present = {name for way in directions for maps in way.maps.values() for name in maps}
    return {
        "experiment": experiment,
        "cuts": [(cut.per_sample, cut.name) for cut in cuts],
        "ways": [_way_context(way, cuts, folder) for way in directions],
        "about": meanings(name for name in MAPS if name in present),
    }


def write_positions(
    experiment: str, cuts: Sequence[Cut], page: str | Path, folder: str | Path
) -> None:
    """Write the page of an experiment that is cut in several ways, and its figures."""
    write_with_figures(page, folder, "positions.html", partial(_context, experiment, cuts))
