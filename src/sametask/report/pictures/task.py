"""The figures of the evidence on a task, with what a reader should see in each."""

from __future__ import annotations

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import JudgedPair
from sametask.report.figures.task import TaskPanel, task_figure
from sametask.report.pictures.picture import Picture
from sametask.verdict.task.ways import (
    KAPPA,
    OUTPUTS_R2,
    READING,
    WANTED,
    WORDS_R2,
    Way,
    Words,
    floor_words,
    ways_of,
    words_of,
)

MAPS = {"procrustes": "rotation with one scale", "affine": "linear map with an offset"}


def result(way: Way, place: str, words: Words) -> str:
    """Say how many shared samples suffice in a direction, and how many without training."""
    found = way.places[place]
    pair = found.needed.get("source")
    enough = f"not even all {found.samples:,}" if pair is None else f"{pair:,}"
    text = f"{enough} shared {words.inputs} suffice"
    counts = {start: found.needed.get(start) for start in ("inputs", "untrained")}
    names = {"inputs": words.raw, "untrained": "an untrained copy"}
    others = [
        f"from {names[start]} " + (f"{count:,} do" if count else f"all {found.samples:,} do not")
        for start, count in counts.items()
        if start in found.fidelity
    ]
    return f"{text}; {', '.join(others)}"


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
    fitted = MAPS[facts["stitched"].removeprefix(READING)]
    return TaskPanel(
        title=f"{way.source} → {way.target}",
        result=result(way, place, words),
        labels=_labels(way, place, words),
        samples=f"shared {words.inputs} that the {fitted} is fitted to",
        numbers=facts["numbers"],
        fidelity=pair.fidelities(direction, place),
        wanted=facts["fidelity_wanted"],
        needed=facts["inputs_needed"].get("source"),
    )


# The axis of fidelities, by how they are measured.
LABELS = {
    KAPPA: "agreement with the target's answers\n(Cohen's κ)",
    WORDS_R2: "R² of how often the target says\neach trigram of letters",
    OUTPUTS_R2: "R² of the target's outputs",
}


def task_picture(pair: JudgedPair, place: str = "layer") -> Picture:
    """Draw the fidelity over the number of shared samples, at the layer or at the answers."""
    words, task = words_of(pair.a.activations.attributes), pair.verdict["task"]
    panels = [_panel(pair, direction, place, words) for direction in DIRECTIONS]
    kinds = [task["fidelity"][direction] for direction in DIRECTIONS]
    label = "\nor ".join(dict.fromkeys(LABELS[kind] for kind in kinds))
    results = [f"{panel.title}: {panel.result}." for panel in panels]
    if len({panel.result for panel in panels}) == 1:
        results = [f"Both ways, {panels[0].result}."]
    wanted = "and ".join(dict.fromkeys(f"{WANTED[kind]} " for kind in kinds)).strip()
    at = "layers" if place == "layer" else wanted
    title = f"How few shared {words.inputs} a simple map between the {at} needs"
    return Picture(
        f"{pair.name}-task-{place}",
        title,
        task_figure(panels, label),
        f"{title}: fidelity over the number of shared {words.inputs}. {' '.join(results)}",
        f"{' '.join(results)} How to read it: a simple map is fitted to the shared {words.inputs}, "
        f"and the target network answers from what the map gives, for held-out {words.inputs}. If "
        f"a few suffice from the source (blue), but not from {words.raw} or from a network that "
        "did not learn the task, the source has learned what the target does. Curves: median of "
        f"random choices of the shared {words.inputs}; shade: middle 90 %. Grey line: what "
        f"suffices, {100 * pair.verdict['thresholds']['task']['needed']:g} % of what the black "
        "curve reaches in the end.",
    )
