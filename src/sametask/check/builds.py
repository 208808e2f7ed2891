"""Build a network several times: its weights alone must determine what it computes."""

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
from sametask.networks.calls import forward
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.given import Given
from sametask.networks.precision import kind_of, with_precision
from sametask.networks.pretrained import folder_of
from sametask.networks.pretrained_weights import read_pretrained
from sametask.networks.train import trainable
from sametask.storage.imports import SOURCE
from sametask.storage.pretrained_files import PretrainedFiles

# Folders of installed modules, which are not those of the user.
INSTALLED = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(SOURCE),
)


def built(network: Network) -> nn.Module:
    """Build a network as an experiment describes it, with the weights of its checkpoint, if any.

    Untrained weights are the same every time. Raises ``NetworkError`` for a network that cannot be
    built, trained, or given these weights.
    """
    if network.pretrained is not None:
        section = network.pretrained
        # What is not here yet is not tried in full.
        files = PretrainedFiles.of(folder_of(section.source, section.revision, never=True))
        how = section.class_name, network.arguments, section.generated_by
        module = read_pretrained(files, *how).network
        return with_precision(module, network.dtype)
    module = initial(network, 0)
    require_initialised(network.built_by["factory"], module)
    if network.train:
        trainable(module)
    if network.checkpoint is not None:
        path = Path(network.checkpoint)
        give_weights(module, read_weights(path), path)
    return with_precision(module, network.dtype)


def initial(network: Network, seed: int) -> nn.Module:
    """Build a network with a random seed, and give it no weights but those of its factory."""
    with seeded(seed):
        return build(**network.built_by)


def require_same_builds(network: Network, module: nn.Module, inputs: np.ndarray) -> None:
    """Refuse a network that differs between jobs; ``module`` is one build of it.

    Each job builds the network again and loads its weights. Here this is done twice, with different
    random seeds, for network inputs ``inputs`` (n, …). The tensors of the two builds, the outputs
    of their layers and their answers must be equal up to round-off; ``NetworkError`` names the
    first difference.
    """
    weights = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    modules = [_rebuilt(network, weights, seed=1)]
    # As in a job: this also finds random numbers that modules draw while they are imported.
    with _imported_again(network.built_by["factory"], seed=2):
        modules.append(_rebuilt(network, weights, seed=2))
    remedy = "no checkpoint holds it; register it as a persistent buffer and save the network again"
    passes = [_outputs(copy, to_network(copy, inputs)) for copy in modules]
    # After a pass: some modules compute their tensors when it begins.
    if what := _first_difference(*(dict(_held(copy)) for copy in modules)):
        raise NetworkError(f"{what} is drawn anew by every build: {remedy}")
    if what := _first_difference(*passes):
        raise NetworkError(
            f"{what} puts out something else after every build with the same weights: something is "
            f"drawn at random when it is built, or its module imported, and {remedy}"
        )


def holds_the_same(first: nn.Module, second: nn.Module) -> bool:
    """Return whether two builds hold equal parameters, buffers and other tensors and arrays."""
    return _first_difference(dict(_held(first)), dict(_held(second))) is None


def _rebuilt(network: Network, weights: Mapping[str, Tensor], seed: int) -> nn.Module:
    """Build a network again, with a random seed, and load weights into it."""
    module = initial(network, seed)
    give_weights(module, weights, "a second build by the same factory")
    return with_precision(module, network.dtype)


@contextmanager
def _imported_again(reference: str, seed: int) -> Iterator[None]:
    """Import the modules of the user again in a block, if they can be imported twice."""
    known = {name: module for name, module in sys.modules.items() if _is_users(module)}
    others = sys.modules.keys() - known.keys()
    for name in known:
        del sys.modules[name]
    try:
        # Modules that register operators cannot be imported twice.
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
def _outputs(network: nn.Module, inputs: Given) -> dict[str, Tensor]:
    """Return the outputs of all layers in a pass, in the order in which they end.

    The network itself is the last. If a layer runs several times, it is its last output.
    """
    seen: dict[str, Tensor] = {}

    def keep(what: str) -> Callable:
        def hook(module: nn.Module, _: tuple, output: object) -> None:
            # A copy: later layers may change it in place.
            seen.update((what, tensor.clone()) for what, tensor in _tensors(what, output))

        return hook

    handles = [
        module.register_forward_hook(keep(f"layer {name!r}" if name else "the network"))
        for name, module in network.named_modules()
    ]
    try:
        # Seeded: random numbers of a pass are no difference between builds.
        with seeded(0):
            forward(network, inputs)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _held(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters, buffers and other tensors and arrays of all modules, each named."""
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
    """Yield the tensors and arrays in a value, also in lists and dictionaries, each named."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        yield what, torch.from_numpy(value.copy())
    elif isinstance(value, Tensor):
        yield what, value.detach()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _tensors(f"{what}[{quoted(key)}]", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _tensors(f"{what}[{index}]", item)


def _first_difference(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> str | None:
    """Return the name of the first tensor that differs by more than round-off, or ``None``."""
    return next((name for name in first if not _same(first[name], second.get(name))), None)


def _same(first: Tensor, second: Tensor | None) -> bool:
    if second is None or (first.shape, first.dtype) != (second.shape, second.dtype):
        return False
    if kind_of(first.dtype) not in ("floating", "complex"):
        return torch.equal(first, second)
    whole = first.to_dense(), second.to_dense()
    # The usual case; the comparison below takes ten times as long.
    if torch.equal(*whole):
        return True
    tolerance = torch.finfo(first.dtype).eps ** 0.5
    a, b = (values.to(torch.complex128) for values in whole)
    a, b = torch.view_as_real(a), torch.view_as_real(b)
    scale = a.nan_to_num(0, 0, 0).abs().max() if a.numel() else 0.0
    return torch.allclose(a, b, rtol=0, atol=float(tolerance * scale), equal_nan=True)
