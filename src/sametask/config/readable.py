"""What an experiment on texts needs: a view that makes tokens of them, and no numbers to add to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sametask.config.sections.input_sections import Text
from sametask.config.sections.sample_sections import DATA, INSIDE, NOISE, WORDS

if TYPE_CHECKING:
    from sametask.config import Experiment

# Functions that the messages name.
TOKENISE = "sametask.inputs.texts:tokenise"
SUBSTITUTE = "sametask.examples.sentences:substitute"


# Arguments of ``TOKENISE`` that say which words of a text there are.
WHICH_WORDS = ("positions", "special")


def require_readable(asked: Experiment) -> None:
    """Refuse what texts are not for: they are no numbers, and only a view makes some of them."""
    if not isinstance(asked.inputs, Text):
        return
    along = asked.perturbations.along
    if along in (NOISE, DATA):
        raise ValueError(
            f"perturbations.along: {along} adds to numbers, and inputs.domain: text has none; "
            f"valid: {INSIDE} with networks.*.perturb, or a function such as {SUBSTITUTE}"
        )
    if asked.reconstructs:
        raise ValueError("task.kind: reconstruction, but inputs.domain: text has no numbers")
    if asked.reconstruct and "input" in asked.reconstruct.of:
        raise ValueError(
            "reconstruct.of: input, but inputs.domain: text has no numbers; valid: {of: [output]}"
        )
    views = [network.view for network in asked.networks.values()]
    if asked.stitching.target_input == "source" and views != views[:1] * len(views):
        raise ValueError(
            "stitching.target_input: source, but networks see texts through different views; "
            "valid: dummy, own"
        )
    for name, network in asked.networks.items():
        if network.view is None:
            raise ValueError(
                f"networks.{name}.view: networks take no texts, but tokens; such as {{function: "
                f"{TOKENISE}, arguments: {{tokeniser: FOLDER, length: 32}}}}"
            )
        if network.train is not None:
            raise ValueError(
                f"networks.{name}.train: rules train no networks of texts; valid: pretrained, or "
                "factory with checkpoint"
            )
    if asked.positions is not None and asked.positions.of == WORDS:
        _require_same_words(asked)


def _require_same_words(asked: Experiment) -> None:
    """Refuse networks that pair their words by number, but count other words."""
    counted = {
        name: {key: network.view.arguments.get(key) for key in WHICH_WORDS}
        for name, network in asked.networks.items()
        if network.view is not None and network.view.function == TOKENISE
    }
    for name, words in counted.items():
        other, first = next(iter(counted.items()))
        for key in WHICH_WORDS:
            if words[key] != first[key]:
                raise ValueError(
                    f"networks.{name}.view.arguments.{key}: {words[key]}, but networks.{other} "
                    f"has {first[key]}; words are paired by their number, so give both the same"
                )
