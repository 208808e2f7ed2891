"""The tables of the evidence for a verdict: every item with its threshold and meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import DIRECTIONS, UNRELATED
from sametask.report.data.experiment import JudgedPair, Network, Pair, Report
from sametask.report.wording.controls import Control, controls_of, is_alarming
from sametask.report.wording.numbers import number, r2_text, share
from sametask.report.wording.relation import SYMBOLS, Badge, relation_words

NONE = "–"


@dataclass(frozen=True)
class Item:
    """A piece of evidence; ``met`` is ``None`` where no threshold applies."""

    name: str
    value: str
    threshold: str
    met: bool | None
    meaning: str


def interval(ends: Sequence[float]) -> str:
    """Return an estimate of R² with the ends of its interval in brackets."""
    # A line may break before the interval, but not inside a number.
    low, estimate, high = (r2_text(end).replace("e-", "e\u2011") for end in ends)
    return f"{estimate} ({low}\u00a0to\u00a0{high})"


def _r2_items(pair: JudgedPair) -> Iterator[Item]:
    thresholds = pair.verdict["thresholds"]
    for direction in DIRECTIONS:
        source, target = (end.name for end in pair.ends(direction))
        ends, name = pair.verdict["r2"].get(direction), f"R² {source} → {target}"
        threshold = f"lower end ≥ {thresholds['determined']:g}"
        if ends is None:
            meaning = (
                f"{target}'s layer has the same activations for all these inputs: there is nothing "
                "to explain."
            )
            yield Item(name, "not defined", threshold, None, meaning)
            continue
        met = ends[0] >= thresholds["determined"]
        if met:
            meaning = (
                f"Almost all of the variance of {target}'s layer is explained by {source}'s layer."
            )
        elif ends[0] >= thresholds["related"]:
            meaning = (
                f"A part of the variance of {target}'s layer is explained by {source}'s layer."
            )
        else:
            meaning = f"No function from {source}'s layer to {target}'s was found."
        yield Item(name, interval(ends), threshold, met, meaning)


def _weakest_items(pair: JudgedPair) -> Iterator[Item]:
    thresholds = pair.verdict["thresholds"]
    least, held = thresholds["component_r2"], thresholds["component_share"]
    for direction, ends in pair.verdict["weakest_r2"].items():
        source, target = (end.name for end in pair.ends(direction))
        met = ends[0] >= least
        meaning = f"{source} explains every component of {target} with {held:.1%} of the variance."
        if not met:
            meaning = f"A component of {target} with {held:.1%} of the variance is not explained."
        name = f"R² of the worst component, {source} → {target}"
        yield Item(name, interval(ends), f"lower end ≥ {least:g}", met, meaning)


def round_trip_items(pair: Pair, losses: Mapping[str, float]) -> Iterator[Item]:
    """Yield the variance that is lost on both round trips, ``a_b_a`` and ``b_a_b``."""
    a, b = pair.a.name, pair.b.name
    ways = {"a_b_a": f"{a} → {b} → {a}", "b_a_b": f"{b} → {a} → {b}"}
    meaning = "Share of variance lost there and back: 0 is perfect, 1 is no better than the mean."
    for key, lost in losses.items():
        yield Item(f"Round trip {ways[key]}", number(lost), NONE, None, meaning)


def _route_items(pair: JudgedPair) -> Iterator[Item]:
    for direction, ends in pair.verdict.get("r2_intrinsic", {}).items():
        source, target = (end.name for end in pair.ends(direction))
        meaning = "The same through the diffusion coordinates; lower by what these lose."
        name = f"R² {source} → {target}, intrinsic route"
        yield Item(name, interval(ends), NONE, None, meaning)
    yield from round_trip_items(pair, pair.verdict.get("round_trip", {}))


def _procrustes_item(pair: JudgedPair) -> Item:
    level, name = pair.verdict["thresholds"]["level"], "Procrustes residual of the coordinates"
    facts = pair.verdict.get("procrustes")
    if facts is None:
        why = "Without diffusion coordinates of both networks, the other evidence decides."
        return Item(name, "not tested", f"p ≤ {level:g}", None, why)
    met = facts["p_value"] <= level
    return Item(
        name,
        f"{number(facts['residual'])}, p = {facts['p_value']:.2g}",
        f"p ≤ {level:g}",
        met,
        f"Closer than chance, compared with {facts['shuffles']:,} shuffled pairings."
        if met
        else f"No closer than chance, compared with {facts['shuffles']:,} shuffled pairings.",
    )


def _local_items(pair: JudgedPair) -> Iterator[Item]:
    verdict = pair.verdict
    if "local_correlation" not in verdict:
        yield _apart_item(pair)
        return
    facts, new = verdict["local_correlation"], verdict["new_directions"]
    least, dimension = verdict["thresholds"]["correlation"], verdict["dimension"]
    a, b, joint = (dimension[key] for key in ("a", "b", "joint"))
    met = facts["median"] >= least
    meaning = "At a typical input both layers react to the same small changes."
    if a != b:
        meaning = "0, because the layers have different numbers of local directions."
    elif not met:
        meaning = "At a typical input one layer reacts to a change that the other ignores."
    value = f"{r2_text(facts['median'])} (5 % quantile {r2_text(facts['q05'])})"
    name = "Smallest local correlation, median"
    yield Item(name, value, f"≥ {least:g}", met, meaning)
    name = f"Local directions of {pair.a.name}, {pair.b.name}, both"
    meaning = "Directions of typical changes that a layer reacts to."
    yield Item(name, f"{a}, {b}, {joint}", NONE, None, meaning)
    for direction in DIRECTIONS:
        source, target = (end.name for end in pair.ends(direction))
        meaning = f"{target} reacts to a change that {source} ignores."
        if not new[direction]:
            meaning = f"{source} reacts to all changes that {target} reacts to."
        name = f"Directions of {target} that are new to {source}"
        yield Item(name, str(new[direction]), "0", not new[direction], meaning)


def _apart_item(pair: JudgedPair) -> Item:
    a, b = (pair.verdict["dimension"][side] for side in ("a", "b"))
    name = f"Local directions of {pair.a.name}, {pair.b.name}"
    meaning = "Not compared: the two were perturbed apart, each where it embeds its tokens."
    return Item(name, f"{a}, {b}", NONE, None, meaning)


def _whitney_item(pair: JudgedPair, side: str, network: Network) -> Item:
    """Return whether enough is measured; undecided where there may be more local directions."""
    count, what = pair.verdict["whitney"][side], network.unit
    met: bool | None = count["measured"] >= count["required"]
    meaning = f"Enough {what} to keep different inputs apart."
    threshold = f"≥ {count['required']} (2 d + 1)"
    if not pair.verdict["dimension"][side]:
        meaning = "This layer does not react to the inputs: there is nothing to keep apart."
    elif not met:
        meaning = f"Fewer {what} than are guaranteed to keep different inputs apart."
    elif side in pair.verdict.get("limited", {}):
        met, threshold = None, f"{threshold} or more"
        meaning = "Not decided: the layer may have more local directions than were found."
    name = f"{what.capitalize()} of {network.name} (Whitney)"
    return Item(name, f"{count['measured']:,}", threshold, met, meaning)


def _sample_items(pair: JudgedPair) -> Iterator[Item]:
    for side, network in (("a", pair.a), ("b", pair.b)):
        yield _whitney_item(pair, side, network)
    for side, network in (("a", pair.a), ("b", pair.b)):
        outside = pair.verdict["support"][side]
        meaning = "Share of held-out samples on which a map extrapolates."
        if not outside:
            meaning = "No map extrapolates on the held-out samples."
        name = f"Outside the support of {network.name}"
        yield Item(name, share(outside), NONE, None, meaning)


def evidence_table(pair: JudgedPair) -> list[Item]:
    """Return all evidence of a verdict, with thresholds and meaning."""
    return [
        *_r2_items(pair),
        *_weakest_items(pair),
        *_local_items(pair),
        *_route_items(pair),
        _procrustes_item(pair),
        *_sample_items(pair),
    ]


def _control_meaning(pair: JudgedPair, control: Control, alarming: bool) -> str:
    if alarming:
        return "Alarm: as related as the pair itself. Such a relation does not need a common task."
    if control.direction is None:
        as_it_should = "As it should be: without the true pairing no relation is left."
        unrelated = control.facts["relation"] == UNRELATED
        return as_it_should if unrelated else "Chance alone looks like a relation here."
    if pair.verdict["relation"] == UNRELATED:
        return "No alarm: between the two networks themselves no function was found."
    return "As it should be: less related than the pair."


def _control_row(pair: JudgedPair, control: Control) -> dict[str, Any]:
    facts = control.facts
    r2 = [interval(facts["r2"][way]) if way in facts.get("r2", {}) else NONE for way in DIRECTIONS]
    should = "less related" if control.direction else relation_words(UNRELATED, "", "")
    row = {"name": control.label, "should": should, "r2": r2}
    if "failed" in facts:
        return row | {"badge": None, "meaning": f"Could not be computed: {facts['failed']}"}
    relation, alarming = facts["relation"], is_alarming(pair, control)
    words = relation_words(relation, control.a, control.b)
    shown = Badge(relation, SYMBOLS[relation], words, alarming)
    return row | {"badge": shown, "meaning": _control_meaning(pair, control, alarming)}


def control_table(pair: JudgedPair) -> list[dict[str, Any]]:
    """Return the controls of a pair: relation, R² both ways, what it should be, what it means."""
    return [_control_row(pair, control) for control in controls_of(pair)]


def _cost(report: Report, rules: tuple[str, ...], of: tuple[str, ...]) -> str | None:
    """Return the run time and largest memory of rules; ``None`` without benchmark files."""
    runs = [run for run in report.runs if run["rule"] in rules and run["of"] in of]
    if not runs:
        return None
    memory = [run["megabytes"] for run in runs if run["megabytes"] is not None]
    most = f" and {max(memory):,.0f} MB" if memory else ""
    return f"{sum(run['seconds'] for run in runs):,.1f} s{most}"


def cost_sentence(report: Report, pair: JudgedPair) -> str | None:
    """Say what the verdict cost, compared with the diffusion maps that it uses."""
    verdict = _cost(report, ("reach_verdict",), (pair.name,))
    maps = ("embed_diffusion", "embed_datafold")
    diffusion = _cost(report, maps, (pair.a.name, pair.b.name))
    if not (verdict and diffusion and "procrustes" in pair.verdict):
        return None
    shuffles = pair.verdict["procrustes"]["shuffles"]
    return (
        f"The verdict took {verdict}, its controls and {shuffles:,} shuffled pairings included; "
        f"the diffusion maps of {pair.a.name} and {pair.b.name} took {diffusion}."
    )
