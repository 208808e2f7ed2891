"""The layers of a network, and how to observe their calls in one forward pass.

A layer may run more than once in a pass, such as an activation function that is used in several
places. Its calls are counted from 1, in the order in which they run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError, SametaskError, reason
from sametask.networks.given import Given, arguments, copied, described
from sametask.networks.outputs import leading_path, part_of

# Gets a module, the number of its call from 1, what the module puts out or takes in, and whether
# it takes it in. A result that is not ``None`` replaces it.
Note = Callable[[nn.Module, int, Any, bool], Any]


def _compiled(module: nn.Module) -> bool:
    """Return whether a module is compiled, so that hooks inside it are not called."""
    return (
        isinstance(module, torch.jit.ScriptModule)
        or hasattr(module, "_orig_mod")  # what torch.compile returns
        or getattr(module, "_compiled_call_impl", None) is not None  # module.compile()
    )


def watchable(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the names and layers of a network, without compiled modules and their contents.

    A module that is registered several times occurs under each of its names.
    """
    hidden: list[str] = []
    for name, module in network.named_modules(remove_duplicate=False):
        if any(name.startswith(compiled) for compiled in hidden):
            continue
        if _compiled(module):
            hidden.append(f"{name}." if name else "")
        elif name:
            yield name, module


def layers_of(network: nn.Module) -> dict[nn.Module, str]:
    """Return the layers that can be observed, each with its first name."""
    names: dict[nn.Module, str] = {}
    for name, module in watchable(network):
        names.setdefault(module, name)
    return names


def is_hidden(network: nn.Module, layer: str) -> bool:
    """Return whether a layer that cannot be observed is inside a compiled module."""
    return _compiled(network) or layer in dict(network.named_modules())


@contextmanager
def watching(modules: Iterable[nn.Module], note: Note) -> Iterator[Counter[nn.Module]]:
    """Call ``note`` before and after every run of these modules in a forward pass.

    What a module takes in is the pair of its positional and its keyword arguments. Yields a counter
    of the finished runs of each module.
    """
    begun: Counter[nn.Module] = Counter()
    runs: Counter[nn.Module] = Counter()

    def before(module: nn.Module, *arguments: Any) -> Any:
        begun[module] += 1
        return note(module, begun[module], arguments, True)

    def after(module: nn.Module, _: tuple, output: Any) -> Any:
        runs[module] += 1
        return note(module, runs[module], output, False)

    handles = []
    for module in dict.fromkeys(modules):
        handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
        handles.append(module.register_forward_hook(after))
    try:
        yield runs
    finally:
        for handle in handles:
            handle.remove()


def forward(network: nn.Module, given: Given) -> object:
    """Return the answer of a network to a copy of n inputs.

    A mapping is given as keyword arguments. The answer is a copy of the tensor that the output
    stands for (see ``outputs.leading_path``), or the output itself if it holds no tensor: a network
    may change its inputs in place, and write to its output again in the next pass. Raises
    ``NetworkError`` in one line if the network does not accept the inputs, or tries to end the
    program.
    """
    copies = copied(given)
    try:
        answer = network(copies) if isinstance(copies, Tensor) else network(**arguments(copies))
    except SametaskError:
        raise
    except SystemExit as error:
        raise NetworkError(f"its forward pass calls sys.exit({error.code!r})") from error
    except Exception as error:
        shown, why = described(given), reason(error)
        # Encoder–decoders of transformers say so if they are not told what to begin with.
        if "decoder_input_ids" in why:
            why += "; to have it generate its answer, give pretrained.generate"
        raise NetworkError(f"does not accept inputs of shape {shown}: {why}") from error
    path = leading_path(answer)
    return answer if path is None else part_of(answer, path).clone()


def require_same_runs(first: Mapping[str, int], second: Mapping[str, int]) -> None:
    """Raise ``NetworkError`` if the runs of a layer, by its name, differ between two passes."""
    for name, count in first.items():
        if second[name] != count:
            raise NetworkError(
                f"layer {name!r} runs {times(count)} in one pass and {times(second[name])} in "
                "another: which call is measured must not depend on the inputs"
            )


def times(count: int) -> str:
    """Return a number of times in words, ``once`` or ``3 times``."""
    return "once" if count == 1 else f"{count} times"
