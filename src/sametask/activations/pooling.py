"""One row for each sample from what has a row for each step: the mean, or one of the steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.inputs.fields import MASK, STEPS, TOKEN_MASK
from sametask.networks.generation import generates
from sametask.networks.given import Given, has_numbers


def mask_of(given: Given | None) -> Tensor | None:
    """Return which steps (n, T) of the inputs are none of padding; ``None`` if nothing says so.

    The steps of a sound are fewer than its samples, of which the mask is: ``_steps`` says which.
    """
    name = next((name for name in (STEPS, TOKEN_MASK) if _has(given, name)), None)
    return None if name is None or not isinstance(given, Mapping) else given[name] != 0


def _has(given: Given | None, name: str) -> bool:
    return isinstance(given, Mapping) and name in given


def are_trimmed(given: Given | None, steps: int) -> bool:
    """Return whether so many steps are those of sounds, perhaps without some of their padding."""
    if not isinstance(given, Mapping) or STEPS not in given:
        return False
    beyond = given[STEPS][:, steps:]
    return given[STEPS].shape[1] >= steps and not (has_numbers(beyond) and bool(beyond.any()))


def steps_in(given: Given | None, steps: int) -> int:
    """Return how many steps layers have in a pass: fewer than ``steps`` without padding."""
    mask = mask_of(given)
    return mask.shape[1] if mask is not None and _has(given, STEPS) else steps


def require_inner_steps(layer: str, steps: int, given: Given) -> None:
    """Raise ``NetworkError`` if a layer has other steps than those that positions are told by."""
    mask = mask_of(given)
    if mask is None or mask.shape[1] == steps:
        return
    what = "frame" if _has(given, STEPS) else "token"
    raise NetworkError(
        f"positions: layer {layer!r} has {steps} steps for {mask.shape[1]} {what}s: which they are "
        f"is not known; measure a layer with a step for each {what}"
    )


def require_no_padding(steps: Tensor, mask: Tensor | None) -> None:
    """Raise ``NetworkError`` if some of the steps (n, T, …) are padding: they are no samples."""
    if mask is not None and mask.shape == steps.shape[:2] and not mask.all():
        raise NetworkError(
            f"positions: {TOKEN_MASK} says that some steps are padding, which is no sample; "
            "of: words leaves padding out"
        )


def _mean(steps: Tensor, kept: Tensor) -> Tensor:
    weights = kept.to(steps.dtype)
    return (steps * weights).sum(dim=1) / weights.sum(dim=1)


def _first(steps: Tensor, kept: Tensor) -> Tensor:
    return _at(steps, kept.to(torch.int8).argmax(dim=1))


def _last(steps: Tensor, kept: Tensor) -> Tensor:
    return _at(steps, kept.shape[1] - 1 - kept.flip(1).to(torch.int8).argmax(dim=1))


def _at(steps: Tensor, place: Tensor) -> Tensor:
    """Return of each sample the step at its ``place`` (n,)."""
    return steps[torch.arange(len(steps), device=steps.device), place.flatten()]


def _max(steps: Tensor, kept: Tensor) -> Tensor:
    return steps.masked_fill(~kept, -torch.inf).amax(dim=1)


POOLS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mean": _mean,
    "first": _first,
    "last": _last,
    "max": _max,
}


def pooled(name: str, steps: Tensor, how: str, mask: Tensor | None) -> Tensor:
    """Return one row (n, …) for each sample of what a layer puts out at its steps (n, T, …).

    ``how`` is one of ``POOLS``. Steps of padding, by the ``mask`` (n, T), do not count. Raises
    ``NetworkError`` that names the layer if the mask is of another number of steps, or if all steps
    of an input are padding.
    """
    if mask is None:
        kept = torch.ones(steps.shape[:2], dtype=torch.bool, device=steps.device)
    elif mask.shape != steps.shape[:2]:
        raise NetworkError(
            f"pool: layer {name!r} has {steps.shape[1]} steps, but {TOKEN_MASK} has "
            f"{mask.shape[1]}: which steps are padding is not known; measure a layer with a step "
            "for each token"
        )
    else:
        kept = mask.to(steps.device)
    empty = (~kept).all(dim=1)
    if empty.any():
        raise NetworkError(
            f"pool: {TOKEN_MASK} of input {int(empty.int().argmax())} is 0 everywhere"
        )
    return POOLS[how](steps, kept.reshape(*kept.shape, *[1] * (steps.ndim - 2)))


def answer_mask(network: nn.Module, given: Given | None) -> Tensor | None:
    """Return which rows (n, T) of a network's answers are none of padding, see ``mask_of``.

    A network that generates has no row for each step: ``None``.
    """
    return None if generates(network) else mask_of(given)


def pooled_answer(answer: Tensor, how: str | None, mask: Tensor | None) -> Tensor:
    """Return a network's answer (n, …), pooled as its layers are if it has a row for each step.

    Such is the answer (n, T, k) of an encoder without a head. Its rows at padding mean nothing:
    they are 0 if layers are not pooled. Any other answer is returned as it is.
    """
    if mask is None or answer.ndim < 3 or answer.shape[:2] != mask.shape:
        return answer
    if how is not None:
        return pooled("the answer", answer, how, mask)
    if has_numbers(mask) and mask.all():
        return answer
    return answer.masked_fill(~mask.reshape(*mask.shape, *[1] * (answer.ndim - 2)), 0)


def with_all_steps(answer: Tensor, mask: Tensor | None, steps: int | None) -> Tensor:
    """Return an answer (n, T, …) with zeros for the steps of padding that a pass was without.

    ``mask`` (n, T) is of what the network was given; ``steps`` are as many as it has with padding.
    """
    if steps is None or mask is None or answer.ndim < 3 or answer.shape[:2] != mask.shape:
        return answer
    more = answer.new_zeros(len(answer), max(0, steps - answer.shape[1]), *answer.shape[2:])
    return torch.cat([answer, more], dim=1)


def require_token_mask(given: Given | None, what: str) -> None:
    """Raise ``NetworkError`` if padding may be said by another mask only, which is not read."""
    if not isinstance(given, Mapping) or TOKEN_MASK in given:
        return
    for name, values in given.items():
        if name.endswith(MASK) and values.ndim == 2:
            raise NetworkError(
                f"{what}: padding is told by {TOKEN_MASK}, 1 for tokens and 0 for padding; the "
                f"view gives only {name}, which is not read: give {TOKEN_MASK} beside it"
            )
