"""The figures of the evidence on a task, with what a reader should see in each."""

from __future__ import annotations

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import JudgedPair
from sametask.report.figures.task import TaskPanel, task_figure
from sametask.report.pictures.picture import Picture
from sametask.verdict.task.ways import Way, Words, floor_words, ways_of, words_of

MAPS = {"procrustes": "a rotation with one scale", "affine": "a linear map with an offset"}


def result(way: Way, place: str, words: Words) -> str:
    """Say how many shared samples suffice in a direction, and whether the raw input needs more."""
    found = way.places[place]
    pair, raw = (found.needed.get(start) for start in ("source", "inputs"))
    everything = f"all {found.samples:,}"
    if pair is None:
        text = f"{everything} shared {words.inputs} do not suffice"
        return text + (
            f", from {words.raw} neither" if raw is None else f"; from {words.raw} {raw:,} do"
        )
    text = f"{pair:,} shared {words.inputs} suffice"
    if raw is None:
        return f"{text}; from {words.raw} {everything} do not"
    return f"{text}; from {words.raw} {'as many' if raw == pair else f'{raw:,}'} do"


def _labels(way: Way, place: str, words: Words) -> dict[str, str]:
    """Return the labels of the curves: the same in both panels."""
    ceiling = "another network of the target's recipe" if way.reference else "the target itself"
    what = "the source's layer" if place == "layer" else f"the source's {way.wanted}"
    return {
        "source": what,
        "ceiling": ceiling,
        "inputs": words.raw,
        "untrained": "an untrained copy",
        "different_task": floor_words("different_task", way.source, words),
    }


def _panel(pair: JudgedPair, direction: str, place: str, words: Words) -> TaskPanel:
    task = pair.verdict["task"]
    way, facts = ways_of(task, pair.verdict["networks"])[direction], task[direction][place]
    return TaskPanel(
        title=f"{way.source} → {way.target}",
        result=result(way, place, words),
        labels=_labels(way, place, words),
        numbers=facts["numbers"],
        fidelity=pair.fidelities(direction, place),
        wanted=facts["fidelity_wanted"],
        needed=facts["inputs_needed"].get("source"),
    )


def task_picture(pair: JudgedPair, place: str = "layer") -> Picture:
    """Draw the fidelity over the number of shared samples, at the layer or at the answers."""
    words, task = words_of(pair.a.activations.attributes), pair.verdict["task"]
    panels = [_panel(pair, direction, place, words) for direction in DIRECTIONS]
    classes = task["fidelity"] == "kappa"
    label = "agreement with the target's answers\n(Cohen's κ)" if classes else "R² of its outputs"
    maps = dict.fromkeys(MAPS[task[direction][place]["map"]] for direction in DIRECTIONS)
    results = [f"{panel.title}: {panel.result}." for panel in panels]
    at = "layers" if place == "layer" else "answers" if classes else "outputs"
    title = f"How few shared {words.inputs} a simple map between the {at} needs"
    return Picture(
        f"{pair.name}-task-{place}",
        title,
        task_figure(panels, label, words.inputs),
        f"{title}: fidelity over the number of shared {words.inputs}. {' '.join(results)}",
        f"{' '.join(results)} How to read it: a simple map ({' or '.join(maps)}) is fitted to the "
        f"shared {words.inputs}, and the target network answers from what it gives, on held-out "
        f"{words.inputs}. If a few of them are enough from the source (blue) but not from "
        f"{words.raw}, the source has learned the task. Curves: median of the choices; shade: "
        f"middle 90 %. Grey line: what suffices, "
        f"{100 * pair.verdict['thresholds']['task']['needed']:g} % of what the black curve "
        "reaches in the end.",
    )
