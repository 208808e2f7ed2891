"""The stitched network: the front of one network, a map, the back of the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sametask.activations.hooks import record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.activations.pooling import answer_mask, pooled_answer, with_all_steps
from sametask.base.errors import NetworkError
from sametask.inputs.fields import STEPS
from sametask.networks.given import Given, each, in_order, passes, tensors, without_padding
from sametask.networks.given import rows as some_of


class StitchedNetwork(nn.Module):
    """net(x) = back_target(T(front_source(x))), a differentiable module.

    By default the input of the target is zero, so that its outputs depend on the mapped activations
    only; another input may be given. If samples are sequences, every slice is mapped and put back
    in its place; a map that ``sees_window`` is given the slices before and after it as well. The
    map runs in float64, each network in its own precision.
    """

    def __init__(
        self,
        source: nn.Module,
        chain: nn.Module,
        target: nn.Module,
        measured: Layout,
        replaced: Layout,
        input_shape: Sequence[int] | None,
        input_dtype: torch.dtype | None = None,
        sees_window: bool = False,
    ) -> None:
        super().__init__()
        self.sees_window = sees_window
        self.source, self.chain, self.target = source, chain, target
        self.measured, self.replaced = measured, replaced
        self.input_shape = None if input_shape is None else tuple(input_shape)
        self.input_dtype = input_dtype

    def forward(self, inputs: Given, target_inputs: Given | None = None) -> Tensor:
        """Return the target's outputs (n, …) for the source's inputs (n, …).

        ``target_inputs`` (n, …) replace the zeros as the target's input.
        """
        recorded = record(self.source, self.measured.calls, inputs)
        joined = join_layers(self.measured, recorded, inputs)
        measured = self.measured.measure(self.measured.rows(joined))
        if self.sees_window:
            measured = self.measured.window_of(measured, inputs)
        return self.back(self.chain(measured.to(torch.float64)), target_inputs)

    def back(self, rows: Tensor, target_inputs: Given | None = None) -> Tensor:
        """Return the target's outputs (n, …) when its layers put out ``rows`` (n R, t).

        R is the number of rows, slices, of each sample. A single target input may stand for those
        of all samples, if the network allows it.
        """
        if target_inputs is None:
            target_inputs = self.dummy(rows, len(rows) // self.replaced.rows_per_sample)
        precision = next(self.target.parameters(), rows).dtype
        given = each(
            target_inputs, lambda part: part.to(precision) if part.is_floating_point() else part
        )
        answer = run_with_replaced(self.target, split_layers(self.replaced, rows, given), given)
        mask = answer_mask(self.target, given)
        answer = pooled_answer(answer, self.replaced.pool, mask)
        return with_all_steps(answer, mask, self.replaced.inner_steps)

    def back_in_passes(self, rows: Tensor, given: Given | None, batch: int | None) -> Tensor:
        """Return what ``back`` does, with at most ``batch`` samples in one pass.

        Whatever the number of samples, memory is that of one pass. Without ``given``, the dummy
        of zeros is small, and all samples pass at once.
        """
        if given is None or batch is None:
            return self.back(rows, given)
        of_sample = rows.unflatten(0, (-1, self.replaced.rows_per_sample))
        parts = self.passes(given, batch)
        answers = [self.back(of_sample[part].flatten(0, 1), inputs) for part, inputs in parts]
        return in_order(answers, [part for part, _ in parts])

    def passes(self, given: Given, batch: int) -> list[tuple[Tensor, Given]]:
        """Return the samples of each pass with what the target is given for them, see ``passes``.

        Without padding that none of them needs, where positions say which steps there are.
        """
        parts = [(part, some_of(given, part)) for part in passes(given, batch)]
        if self.replaced.inner_steps is None or STEPS not in tensors(given):
            return parts
        return [(part, without_padding(inputs)) for part, inputs in parts]

    def dummy(self, rows: Tensor, count: int) -> Tensor:
        """Return so many inputs of the target that are zeros; for tokens, token 0.

        Raises ``NetworkError`` if the target is given several named arrays: their masks say how
        long each input is, see ``inputs.fields.blank``.
        """
        if self.input_shape is None:
            raise NetworkError("target_inputs: needed for a target of several named inputs")
        weight = next(self.target.parameters(), rows)
        whole = self.input_dtype is not None and not self.input_dtype.is_floating_point
        dtype = self.input_dtype if whole else weight.dtype
        return rows.new_zeros(count, *self.input_shape, dtype=dtype)
