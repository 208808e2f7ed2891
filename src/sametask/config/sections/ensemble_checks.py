"""What an ensemble's settings ask for and cannot have: refused before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sametask.config.sections.ensemble_section import Ensemble

# Methods that merge neurons; the others leave some out.
MERGING = ("rho1", "rho2", "medoids", "own")
# The layer of an autoencoder that has its outputs.
OUTPUTS = 2
# Neurons that a quadratic programme chooses among, and those that a circle needs, at least.
CHOSEN, CIRCLED = 500, 8


def units_of(asked: Ensemble) -> list[int | None]:
    """Return the neurons of each layer of a chain; ``None`` where the data decide.

    Networks that are more than a chain of layers have an empty list.
    """
    network = asked.network
    if network.kind == "perceptron":
        return [*network.hidden, None]
    if network.kind == "autoencoder":
        return [network.hidden, network.outputs]
    return [None] if network.kind == "linear" else []


def _shrinkable(asked: Ensemble) -> None:
    shrink, units = asked.neurons.shrink, units_of(asked)
    if shrink is None:
        return
    if not units:
        raise ValueError(
            f"neurons.shrink: takes layers one after another, but the network is "
            f"{asked.network.kind}; leave it out"
        )
    leaving = [method for method in shrink.methods if method not in MERGING]
    for layer in shrink.layers or [asked.neurons.layer]:
        if layer > len(units):
            raise ValueError(f"neurons.shrink.layers: no layer {layer}; valid: 1 to {len(units)}")
        if layer == len(units) and leaving:
            raise ValueError(
                f"neurons.shrink.methods: {leaving[0]} leaves neurons out, but those of layer "
                f"{layer} are the outputs; use {', '.join(MERGING)}"
            )
        _choosable(asked, layer, units[layer - 1])


def _choosable(asked: Ensemble, layer: int, units: int | None) -> None:
    """Refuse sizes and methods that a layer with so many units cannot have."""
    shrink = asked.neurons.shrink
    if shrink is None or units is None:
        return
    sizes = [] if isinstance(shrink.sizes, str) else shrink.sizes
    if sizes and max(sizes) > units:
        raise ValueError(
            f"neurons.shrink.sizes: {max(sizes)} neurons cannot be left of layer {layer}, which "
            f"has {units}; valid: 1 to {units}"
        )
    programmes = [method for method in shrink.methods if method.startswith("qpfs")]
    if programmes and units > CHOSEN:
        raise ValueError(
            f"neurons.shrink.methods: {programmes[0]} chooses among at most {CHOSEN} neurons, but "
            f"layer {layer} has {units}; leave it out"
        )


def _distillable(asked: Ensemble) -> None:
    wanted = asked.neurons.distillation
    if wanted is None:
        return
    if asked.network.kind != "perceptron":
        raise ValueError(
            f"neurons.distillation: takes data with classes and a perceptron, not {asked.data.of}; "
            "leave it out"
        )
    kept = asked.data.held_out + wanted.validation
    if kept >= 1:
        raise ValueError(
            f"neurons.distillation.validation: {wanted.validation:g} and data.held_out, "
            f"{asked.data.held_out:g}, leave the teacher no rows; take less than 1 together"
        )


def _circled(asked: Ensemble) -> None:
    wanted, network = asked.neurons.circle, asked.network
    if wanted is None:
        return
    _rhythmic(asked)
    if network.kind != "autoencoder":
        raise ValueError(
            f"neurons.circle: is looked for in the outputs of an autoencoder, but the network is "
            f"{network.kind}; leave it out"
        )
    if asked.neurons.layer != OUTPUTS:
        raise ValueError(
            f"neurons.layer: {asked.neurons.layer}, but only outputs have an order in time, which "
            f"neurons.circle needs; use {OUTPUTS}"
        )
    if network.outputs < CIRCLED or network.hidden < 2:
        raise ValueError(
            f"neurons.circle: needs at least {CIRCLED} neurons of 2 weights, but the network has "
            f"{network.outputs} outputs and {network.hidden} hidden units; take more"
        )
    if wanted.narrower is not None and wanted.narrower >= network.hidden:
        raise ValueError(
            f"neurons.circle.narrower: {wanted.narrower} are not fewer than the {network.hidden} "
            "hidden units"
        )


def _rhythmic(asked: Ensemble) -> None:
    """Refuse rhythms of other data than a gait, and those that readings are too rare for."""
    fastest = max(asked.neurons.circle.dominant if asked.neurons.circle else [], default=0.0)
    if fastest and asked.data.of != "gait":
        raise ValueError(
            f"neurons.circle.dominant: data.of is {asked.data.of}, and only gait has a rhythm that "
            "can be chosen; leave it out"
        )
    if asked.data.of == "gait" and fastest >= asked.data.rate / 2:
        raise ValueError(
            f"neurons.circle.dominant: {fastest:g} Hz cannot be seen at data.rate, "
            f"{asked.data.rate:g} Hz; take below {asked.data.rate / 2:g}"
        )


def _in_series(asked: Ensemble) -> None:
    """Refuse windows that a part of the series cannot hold."""
    points, network = getattr(asked.data, "points", None), asked.network
    if points and network.kind != "perceptron" and network.kind != "linear":
        length = max(network.inputs, network.outputs)
        side = min(border := round(points * (1 - asked.data.held_out)), points - border)
        if length > side:
            raise ValueError(
                f"data.points: {points} hold no window of {length} on both sides of "
                f"data.held_out; take more, or smaller network.inputs and network.outputs"
            )


def _taken_apart(asked: Ensemble) -> None:
    """Refuse windows that are longer than a series, and more terms than a window has."""
    points, wanted = getattr(asked.data, "points", None), asked.neurons.ssa
    if wanted is None:
        return
    if len(files := getattr(asked.data, "files", ())) > 1:
        raise ValueError(
            f"neurons.ssa: data.files names {len(files)} files, which are not one series; name "
            "one, or leave neurons.ssa out"
        )
    windows, ranks = wanted.all_windows(), wanted.all_ranks()
    if points and windows[-1] > points:
        raise ValueError(
            f"neurons.ssa.windows: {windows[-1]} is longer than the series of {points}; take less"
        )
    for key, terms in (("ranks", ranks[0]), ("terms", wanted.terms)):
        if terms > windows[-1]:
            raise ValueError(
                f"neurons.ssa.{key}: {terms} terms, but the longest window, {windows[-1]}, has no "
                "more than its numbers; take fewer"
            )


def require_answerable(asked: Ensemble) -> None:
    """Raise ``ValueError`` for what an ensemble is asked and cannot answer, whatever the data."""
    for check in (_shrinkable, _distillable, _circled, _in_series, _taken_apart):
        check(asked)
