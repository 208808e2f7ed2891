"""What an experiment on texts or speech needs: a view that makes inputs of networks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sametask.config.sections.data_set_sections import Splits
from sametask.config.sections.sample_sections import DATA, INSIDE, NOISE, WORDS

if TYPE_CHECKING:
    from sametask.config import Experiment

# Functions that the messages name.
TOKENISE = "sametask.inputs.texts:tokenise"
SUBSTITUTE = "sametask.examples.sentences:substitute"
LISTEN = "sametask.inputs.listening:listen"
ADD_NOISE = "sametask.inputs.sounds:add_noise"
# What inputs are called, and what a network without a view lacks.
_NAMES = {"text": "texts", "speech": "speech"}
_NO_VIEW = {
    "text": f"networks take no texts, but tokens; such as {{function: {TOKENISE}, arguments: "
    "{tokeniser: FOLDER, length: 32}}",
    "speech": "networks take no rows of 16-bit numbers, but what a feature extractor makes of "
    f"them; such as {{function: {LISTEN}, arguments: {{network: FOLDER}}}}",
}
# Arguments of ``TOKENISE`` that say which words of a text there are.
WHICH_WORDS = ("positions", "special")


def require_readable(asked: Experiment) -> None:
    """Refuse what texts and clips are not for: only a view makes inputs of networks of them."""
    if not isinstance(asked.inputs, Splits):
        return
    domain = asked.inputs.domain
    _require_perturbable(asked, domain)
    if asked.reconstructs:
        raise ValueError(
            f"task.kind: reconstruction, but inputs.domain: {domain} has no numbers to reconstruct"
        )
    if asked.reconstruct and "input" in asked.reconstruct.of:
        raise ValueError(
            f"reconstruct.of: input, but inputs.domain: {domain} has no numbers to reconstruct; "
            "valid: {of: [output]}"
        )
    _require_views(asked, domain)
    if asked.positions is not None and asked.positions.of == WORDS:
        _require_same_words(asked)


def _require_perturbable(asked: Experiment, domain: str) -> None:
    """Refuse noise where there are no numbers to add to, or whole ones that stand for sound."""
    along = asked.perturbations.along
    if along not in (NOISE, DATA):
        return
    if domain == "text":
        raise ValueError(
            f"perturbations.along: {along} adds to numbers, and inputs.domain: text has none; "
            f"valid: {INSIDE} with networks.*.perturb, or a function such as {SUBSTITUTE}"
        )
    raise ValueError(
        f"perturbations.along: {along} would make no sound, and would add to the silence after a "
        f"clip; valid: {INSIDE} with networks.*.perturb, or a function such as {ADD_NOISE}"
    )


def _require_views(asked: Experiment, domain: str) -> None:
    """Refuse networks without a view, and those that a rule would have to train."""
    views = [network.view for network in asked.networks.values()]
    if asked.stitching.target_input == "source" and views != views[:1] * len(views):
        raise ValueError(
            f"stitching.target_input: source, but networks see {_NAMES[domain]} through different "
            "views; valid: dummy, own"
        )
    for name, network in asked.networks.items():
        if network.view is None:
            raise ValueError(f"networks.{name}.view: {_NO_VIEW[domain]}")
        if network.train is not None:
            raise ValueError(
                f"networks.{name}.train: rules train no networks of {_NAMES[domain]}; valid: "
                "pretrained, or factory with checkpoint"
            )


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
