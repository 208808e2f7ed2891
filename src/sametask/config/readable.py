"""What an experiment on texts or speech needs: a view that makes inputs of networks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sametask.config.sections.data_set_sections import Speech, Splits
from sametask.config.sections.sample_sections import DATA, FRAMES, INSIDE, NOISE, WORDS

if TYPE_CHECKING:
    from sametask.config import Experiment

# Functions that the messages name.
TOKENISE = "sametask.inputs.texts:tokenise"
SUBSTITUTE = "sametask.examples.sentences:substitute"
LISTEN = "sametask.inputs.listening:listen"
HEAR = "sametask.networks.hearing:hear_words"
ADD_NOISE = "sametask.inputs.sounds:add_noise"
# What ``LISTEN`` and ``HEAR`` take without these arguments: samples a second, seconds a frame.
RATE, FRAME = 16_000, 0.02
# What inputs are called, and what a network without a view lacks.
_NAMES = {"text": "texts", "speech": "speech"}
_NO_VIEW = {
    "text": f"networks take no texts, but tokens; such as {{function: {TOKENISE}, arguments: "
    "{tokeniser: FOLDER, length: 32}}",
    "speech": "networks take no rows of 16-bit numbers, but what a feature extractor makes of "
    f"them; such as {{function: {LISTEN}, arguments: {{network: FOLDER}}}}",
}
# The views that tell each kind of positions, and their arguments that say which ones there are.
TELLS = {WORDS: (TOKENISE, HEAR), FRAMES: (LISTEN,)}
WHICH: dict[str, dict[str, Any]] = {
    WORDS: {"positions": None, "special": None},
    FRAMES: {"frame": FRAME},
}


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
    _require_same_rates(asked)
    if asked.positions is not None:
        _require_told(asked, asked.positions.of)
        _require_same_arguments(asked, asked.positions.of)


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


def _views(asked: Experiment, *functions: str) -> dict[str, dict[str, Any]]:
    """Return the arguments of views by the names of the networks that have one of them."""
    return {
        name: network.view.arguments
        for name, network in asked.networks.items()
        if network.view is not None and network.view.function in functions
    }


def _require_told(asked: Experiment, of: str) -> None:
    """Refuse positions that a view does not tell: a sound has no words, a text no frames."""
    for other, functions in TELLS.items():
        for function in functions if other != of and of in TELLS else ():
            for name in _views(asked, function):
                raise ValueError(
                    f"positions.of: {of}, but the view of networks.{name}, {function}, tells "
                    f"{other}; valid: of: {other}, or a view such as {' or '.join(TELLS[of])}"
                )


def _require_same_arguments(asked: Experiment, of: str) -> None:
    """Refuse networks that pair their words or frames by number, but count other ones."""
    if of not in TELLS:
        return
    counted = _views(asked, *TELLS[of])
    for name, given in counted.items():
        other, first = next(iter(counted.items()))
        for key, usual in WHICH[of].items():
            if given.get(key, usual) != first.get(key, usual):
                raise ValueError(
                    f"networks.{name}.view.arguments.{key}: {given.get(key, usual)}, but "
                    f"networks.{other} has {first.get(key, usual)}; {of} are paired by their "
                    "number, so give both the same"
                )


def _require_same_rates(asked: Experiment) -> None:
    """Refuse networks that take the numbers of sounds for those of another rate."""
    if not isinstance(asked.inputs, Speech):
        return
    for name, given in _views(asked, LISTEN, HEAR).items():
        if given.get("rate", RATE) != asked.inputs.rate:
            raise ValueError(
                f"networks.{name}.view.arguments.rate: {given.get('rate', RATE)} Hz, but "
                f"inputs.rate is {asked.inputs.rate} Hz; give both the rate of the network's "
                "feature extractor, and sounds are resampled"
            )
