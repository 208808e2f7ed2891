"""Build a network several times: its weights must say all that it computes."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.extract import to_network
from sametask.base.errors import NetworkError, quoted
from sametask.base.references import users_code
from sametask.base.seeding import seeded
from sametask.config import Network
from sametask.networks import build
from sametask.networks.build import require_initialised
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.precision import kind_of, with_precision
from sametask.networks.train import trainable
from sametask.storage.imports import SOURCE

# Where modules are that were installed, and are not the user's own.
INSTALLED = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(SOURCE),
)


def built(network: Network) -> nn.Module:
    """Build a network as an experiment describes it, with the weights of its checkpoint, if any.

    Weights that are yet to be trained are the same ones every time. Raises ``NetworkError`` for a
    network that cannot be built, trained, or given these weights.
    """
    with seeded(0):
        module = build(network.factory, network.arguments)
    require_initialised(network.factory, module)
    if network.train:
        trainable(module)
    if network.checkpoint is not None:
        path = Path(network.checkpoint)
        give_weights(module, read_weights(path), path)
    return with_precision(module, network.dtype)


def require_same_builds(network: Network, module: nn.Module, inputs: np.ndarray) -> None:
    """Refuse a network, of which ``module`` is a build, that is not the same in every job.

    Each job builds it anew and gives it its weights. Here that is done twice, with everything that
    is drawn at random drawn differently; ``inputs`` (n, …) are what it sees. What the two hold,
    what their layers put out and what they answer must be equal within round-off, or
    ``NetworkError`` names the first that is not.
    """
    weights = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    modules = [_rebuilt(network, weights, seed=1)]
    # As a job does it, which finds what was drawn by the modules while they were imported, too.
    with _imported_anew(network.factory, seed=2):
        modules.append(_rebuilt(network, weights, seed=2))
    remedy = "no checkpoint holds it; register it as a persistent buffer and save the network again"
    passes = [_put_out(one, to_network(one, inputs)) for one in modules]
    # Behind a pass: some modules compute what they hold at its beginning.
    if what := _first_other(*(dict(_held(one)) for one in modules)):
        raise NetworkError(f"{what} is drawn anew by every build: {remedy}")
    if what := _first_other(*passes):
        raise NetworkError(
            f"{what} puts out something else after every build with the same weights: something is "
            f"drawn at random when it is built, or its module imported, and {remedy}"
        )


def holds_the_same(one: nn.Module, other: nn.Module) -> bool:
    """Return whether two builds hold equal parameters, buffers and other tensors and arrays."""
    return _first_other(dict(_held(one)), dict(_held(other))) is None


def _rebuilt(network: Network, weights: Mapping[str, Tensor], seed: int) -> nn.Module:
    """Build a network once more, with everything random drawn by a seed, and give it weights."""
    with seeded(seed):
        module = build(network.factory, network.arguments)
    give_weights(module, weights, "a second build by the same factory")
    return with_precision(module, network.dtype)


@contextmanager
def _imported_anew(reference: str, seed: int) -> Iterator[None]:
    """Have the user's own modules imported anew in a block, if they can be imported twice."""
    known = {name: module for name, module in sys.modules.items() if _is_users(module)}
    others = sys.modules.keys() - known.keys()
    for name in known:
        del sys.modules[name]
    try:
        # Those that register operators cannot.
        with suppress(NetworkError), users_code(reference), seeded(seed):
            importlib.import_module(reference.partition(":")[0])
        yield
    finally:
        for name in sys.modules.keys() - others:
            if _is_users(sys.modules[name]):
                del sys.modules[name]
        sys.modules.update(known)


def _is_users(module: object) -> bool:
    file = getattr(module, "__file__", None)
    if (
        not isinstance(file, str)
        or not file.endswith(".py")
        or getattr(module, "__name__", None) == "__main__"
    ):
        return False
    return not file.startswith(INSTALLED) and "-packages" not in file


@torch.no_grad()
def _put_out(network: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """Return what every layer puts out in a pass, in the order in which they end.

    The network itself is the last; of a layer that runs several times it is its last output.
    """
    seen: dict[str, Tensor] = {}

    def keep(what: str) -> Callable:
        def hook(module: nn.Module, _: tuple, output: object) -> None:
            # A copy: what follows may work in place.
            seen.update((what, one.clone()) for what, one in _tensors(what, output))

        return hook

    handles = [
        module.register_forward_hook(keep(f"layer {name!r}" if name else "the network"))
        for name, module in network.named_modules()
    ]
    kind = f"{tuple(inputs.shape[1:])} of {inputs.dtype}"
    try:
        # Noise of the passes themselves is not of the builds.
        with users_code(f"does not accept samples of shape {kind}"), seeded(0):
            network(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _held(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield all parameters, buffers and other tensors and arrays that modules hold, named."""
    for prefix, module in network.named_modules():
        for name, value in vars(module).items():
            if name in ("_parameters", "_buffers"):
                for key, tensor in value.items():
                    fleeting = key in module._non_persistent_buffers_set
                    kind = "non-persistent buffer" if fleeting else name[1:-1]
                    yield from _tensors(f"{kind} {f'{prefix}.{key}'.lstrip('.')!r}", tensor)
            elif name != "_modules":
                yield from _tensors(f"attribute {f'{prefix}.{name}'.lstrip('.')!r}", value)


def _tensors(what: str, value: object) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors and arrays in a value, in lists and dictionaries too, each named."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        yield what, torch.from_numpy(value.copy())
    elif isinstance(value, Tensor):
        yield what, value.detach()
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _tensors(f"{what}[{quoted(key)}]", one)
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            yield from _tensors(f"{what}[{index}]", one)


def _first_other(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> str | None:
    """Return the name of the first tensor that is not equal in both within round-off."""
    return next((what for what in one if not _same(one[what], other.get(what))), None)


def _same(one: Tensor, other: Tensor | None) -> bool:
    if other is None or (one.shape, one.dtype) != (other.shape, other.dtype):
        return False
    if kind_of(one.dtype) not in ("floating", "complex"):
        return torch.equal(one, other)
    tolerance = torch.finfo(one.dtype).eps ** 0.5
    a, b = (whole.to_dense().to(torch.complex128) for whole in (one, other))
    a, b = torch.view_as_real(a), torch.view_as_real(b)
    scale = a.nan_to_num(0, 0, 0).abs().max() if a.numel() else 0.0
    return torch.allclose(a, b, rtol=0, atol=float(tolerance * scale), equal_nan=True)
