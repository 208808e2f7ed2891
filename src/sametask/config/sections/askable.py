"""What cannot be asked of the weights of a population, as far as its settings say: it is refused
before a network is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sametask.base.errors import quoted
from sametask.config.sections.study_section import LEAST, NEIGHBOURS, Study


@dataclass(frozen=True)
class Known:
    """What settings say of networks: how many are in each half, and the ``epochs`` that are kept.

    ``values``: by property, the key that says it and the values that networks have. ``dense``: they
    have no convolutions.
    """

    learn: int
    test: int
    epochs: Sequence[int]
    values: Mapping[str, tuple[str, Sequence[str]]]
    dense: bool


def require_askable(study: Study, known: Known) -> None:
    """Raise ``ValueError`` for a study of networks that has no answer."""
    if study.tell or study.scaling or study.codes:
        _require_halves(study, known)
    for name in study.tell:
        _require_different(name, known)
    if not known.dense:
        for key, word in named_words(study):
            if word.startswith("probes") or "-answers-" in word:
                raise ValueError(f"{key}: {word} needs networks without convolutions")
    rows = (known.learn + known.test) * len(known.epochs)
    if study.views and rows <= NEIGHBOURS:
        raise ValueError(
            f"study.views: {rows} checkpoints are too few; {NEIGHBOURS + 1} are needed"
        )


def _require_halves(study: Study, known: Known) -> None:
    if min(known.learn, known.test) < LEAST:
        raise ValueError(
            f"networks: {known.learn} to learn from and {known.test} to be tested on; a study "
            f"needs at least {LEAST} of both"
        )
    if known.epochs[-1] == 0:
        raise ValueError("checkpoints: none is after the start, and no other is judged in a study")
    for count in study.scaling.networks if study.scaling else ():
        if not LEAST <= count <= known.learn:
            raise ValueError(
                f"study.scaling.networks: {count} is not between {LEAST} and {known.learn}, the "
                "networks to learn from"
            )


def _require_different(name: str, known: Known) -> None:
    if name in ("epoch", "checkpoint") and len([one for one in known.epochs if one]) < 2:
        raise ValueError(f"study.tell.{name}: checkpoints has but one after the start")
    key, values = known.values.get(name, ("", ()))
    if len(values) == 1:
        raise ValueError(
            f"study.tell.{name}: {key} has {quoted(values[0])} alone: there is nothing to tell"
        )


def named_words(study: Study) -> Iterator[tuple[str, str]]:
    """Yield the predictors and autoencoders that a study names, after the key of each."""
    for name, asked in study.tell.items():
        yield from ((f"study.tell.{name}.predictors", word) for word in asked.predictors)
        if asked.shuffled:
            yield f"study.tell.{name}.shuffled", asked.shuffled
    if study.scaling:
        yield from (("study.scaling.predictors", word) for word in study.scaling.predictors)
    if codes := study.codes:
        yield from (("study.codes.autoencoders", word) for word in codes.autoencoders)
        if codes.noise:
            yield "study.codes.noise", codes.noise
