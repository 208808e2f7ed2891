"""Read the two networks of a pair from their stores, with copies that are recorded here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.extract import extract_samples
from sametask.activations.ranges import cut_ranges
from sametask.activations.slices import sample_groups
from sametask.activations.stored import read_array
from sametask.inputs.fields import POSITIONS, STEPS, TOKEN_MASK, given_fields, read_inputs
from sametask.inputs.listening import VALUES as SOUND
from sametask.networks.precision import floating_tensor
from sametask.storage.store import Store
from sametask.verdict.copies import computes_the_same
from sametask.verdict.task.backs import back_of
from sametask.verdict.task.learner import Copy, Learner, Seen
from sametask.verdict.task.recorded import Recorded
from sametask.verdict.task.trigrams import Trigrams

PARTS = ("fit", "test")


def read_seen(activations: Store, name: str) -> Seen:
    """Return an array of the fit and of the test samples, flattened, in double precision."""
    parts = (read_array(activations, f"{part}/{name}") for part in PARTS)
    return Seen(*(values.reshape(len(values), -1) for values in parts))


def raw_inputs(activations: Store) -> Seen:
    """Return the inputs of a network as numbers, for maps that start at them.

    Of several named arrays, those of real numbers are taken as they are. Whole numbers, such as
    tokens, have no order: each becomes a 1 at its position and value, among zeros, for values that
    occur in the fit samples. What is the same in all fit samples says nothing and is left out.
    """
    fit, test = (read_inputs(activations, f"{part}/seen") for part in PARTS)
    fields = given_fields(fit)
    if fields is None:
        return Seen(*(torch.from_numpy(part).double().flatten(1) for part in (fit, test)))
    # The mask of a sound says no more than the zeros that it is padded with.
    told = [name for name in fields if not (name == TOKEN_MASK and SOUND in fields)]
    pieces = [_numbers(fields[name].copy(), test[name].copy()) for name in told]
    joined = Seen(*(torch.cat(parts, dim=1) for parts in zip(*pieces, strict=True)))
    varying = (joined.fit != joined.fit[:1]).any(dim=0)
    return Seen(joined.fit[:, varying], joined.test[:, varying])


def _numbers(fit: np.ndarray, test: np.ndarray) -> tuple[Tensor, Tensor]:
    """Return a named input at the fit and at the test samples as numbers (n, ·)."""
    flat = [torch.from_numpy(part.reshape(len(part), -1)) for part in (fit, test)]
    if not flat[0].is_floating_point():
        values = flat[0].unique()
        flat = [(part[..., None] == values).flatten(1) for part in flat]
    return flat[0].double(), flat[1].double()


def read_answers(recorded: Recorded) -> tuple[Seen, Trigrams | None]:
    """Return what a network answers: its outputs, flattened, or of texts the counts of trigrams."""
    if recorded.transcriber is None:
        return read_seen(recorded.activations, "outputs"), None
    outputs = Seen(*(read_array(recorded.activations, f"{part}/outputs") for part in PARTS))
    counts = Trigrams.of(recorded.transcriber, outputs.fit)
    return counts.seen(outputs), counts


def read_copy(activations: Store | None) -> Copy | None:
    """Return the measured layer and the outputs of a network that has been recorded."""
    if activations is None:
        return None
    return Copy(read_seen(activations, "samples"), read_seen(activations, "outputs"))


def _rows(recorded: Recorded, joined: Mapping[str, Tensor]) -> Seen:
    """Return the fit and test rows (·, t) of values of whole samples: slices if rows are slices."""
    fit, test = (recorded.layout.rows(joined[part]) for part in PARTS)
    slices = recorded.activations.get("fit/slices")
    return Seen(fit if slices is None else fit[slices], test)


def record_copy(
    network: nn.Module | None, recorded: Recorded, counted: Trigrams | None = None
) -> Copy | None:
    """Return the layer and the answers of a copy of a network, on the inputs of that network.

    They are outputs, or what is ``counted`` in them.
    """
    if network is None:
        return None
    layers, outputs = {}, {}
    for part in PARTS:
        inputs = read_inputs(recorded.activations, f"{part}/seen")
        arrays = extract_samples(network, recorded.layout, inputs, recorded.batch)
        layers[part], outputs[part] = (torch.from_numpy(array).double() for array in arrays)
    seen = _rows(recorded, layers)
    # Not its components: those of the layout belong to the network itself.
    measured = Seen(recorded.layout.select(seen.fit), recorded.layout.select(seen.test))
    if counted is not None:
        return Copy(measured, counted.seen(Seen(*(outputs[part] for part in PARTS))))
    return Copy(measured, Seen(*(outputs[part].flatten(1) for part in PARTS)))


def untrained_copy(
    network: nn.Module | None,
    recorded: Recorded,
    whole: Tensor,
    counted: Trigrams | None = None,
) -> Copy | None:
    """Return what is recorded of the untrained copy of a network; ``None`` if it has none.

    A copy that has the layer of its network, ``whole`` (N, t) at the fit samples, is none: its
    factory has loaded the trained weights, and as a floor it would hide what they have learned.
    """
    copy = record_copy(network, recorded, counted)
    if copy is None or computes_the_same(copy.layer.fit, recorded.layout.select(whole)):
        return None
    return copy


def _sliced_inputs(recorded: Recorded) -> Seen | None:
    """Return the inputs of every slice; ``None`` if rows are whole samples.

    Of a word these are its tokens. An input without the steps of the layer cannot be cut; each of
    its slices has the whole input.
    """
    slices = recorded.layout.slices
    if slices is None:
        return None
    if recorded.layout.inner_steps is not None:
        told = _sound_of_frames(recorded) or _tokens_of_words(recorded)
        return _rows(recorded, told)
    joined = {}
    for part in PARTS:
        inputs = read_inputs(recorded.activations, f"{part}/seen")
        fields = [
            torch.from_numpy(values.copy()).double()
            for values in (given_fields(inputs) or {"": inputs}).values()
        ]
        stepped = [field for field in fields if field.shape[1:2] == (slices.steps,)]
        if not stepped:
            whole = torch.cat([field.reshape(len(field), -1) for field in fields], dim=1)
            stepped = [whole[:, None].expand(-1, slices.steps, -1)]
        joined[part] = torch.cat(
            [field.flatten(2) if field.ndim > 2 else field[..., None] for field in stepped], dim=2
        )
    return _rows(recorded, joined)


def _sound_of_frames(recorded: Recorded) -> dict[str, Tensor] | None:
    """Return of each frame (n, R, v) the numbers of the sound that a step begins with.

    ``None`` if the network hears no sound.
    """
    joined = {}
    for part in PARTS:
        inputs = read_inputs(recorded.activations, f"{part}/seen")
        if STEPS not in (inputs.dtype.names or ()):
            return None
        sound = torch.from_numpy(inputs[SOUND].copy())
        size = sound.shape[1] // inputs[STEPS].shape[1]
        steps = sound[:, : size * inputs[STEPS].shape[1]].unflatten(1, (-1, size))
        joined[part] = cut_ranges(steps, torch.from_numpy(inputs[POSITIONS].copy())).double()
    return joined


def _tokens_of_words(recorded: Recorded) -> dict[str, Tensor]:
    """Return of each word (n, R, v) which tokens it has: a 1 for each, their mean if several.

    Tokens are named inputs with a whole number for each token. Those that do not occur in the fit
    samples are left out.
    """
    parts = {part: read_inputs(recorded.activations, f"{part}/seen") for part in PARTS}
    of_words: dict[str, list[Tensor]] = {part: [] for part in PARTS}
    for name, fit in (given_fields(parts["fit"]) or {}).items():
        if fit.dtype.kind not in "iu" or fit.shape[1:] != (recorded.layout.inner_steps,):
            continue
        values = torch.from_numpy(fit).unique()
        for part, inputs in parts.items():
            tokens = (torch.from_numpy(inputs[name].copy())[..., None] == values).double()
            ranges = torch.from_numpy(inputs[POSITIONS].copy())
            of_words[part].append(cut_ranges(tokens, ranges))
    return {part: torch.cat(pieces, dim=-1) for part, pieces in of_words.items()}


def read_learner(
    recorded: Recorded,
    given: np.ndarray | None,
    classifies: bool,
    untrained: nn.Module | None,
    reference: nn.Module | None,
) -> Learner:
    """Return a network as the evidence on its task needs it.

    ``given`` is as in ``back_of``; the copies are recorded here, on the inputs of the network.
    """
    groups = sample_groups(recorded.activations, "fit")
    whole = read_array(recorded.activations, "fit/layers")
    like = floating_tensor(recorded.network)
    outputs, counted = read_answers(recorded)
    back = back_of(recorded, given)
    return Learner(
        layer=read_seen(recorded.activations, "samples"),
        whole=whole,
        back=back if counted is None else counted.after(back),
        inputs=raw_inputs(recorded.activations),
        outputs=outputs,
        classifies=classifies,
        groups=None if groups is None else torch.from_numpy(groups),
        untrained=untrained_copy(untrained, recorded, whole, counted),
        reference=record_copy(reference, recorded, counted),
        sliced=_sliced_inputs(recorded),
        read_only=recorded.layout.read_only,
        precision=whole.dtype if like is None else like.dtype,
    )
