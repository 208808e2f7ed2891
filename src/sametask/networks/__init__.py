"""Networks: build, train, load, save, and list their layers."""

from sametask.networks.build import build
from sametask.networks.devices import device_for
from sametask.networks.folder import load, save, untrained, weights_digest
from sametask.networks.layers import LayerInfo, list_layers, zeros_for

__all__ = [
    "LayerInfo",
    "build",
    "device_for",
    "list_layers",
    "load",
    "save",
    "untrained",
    "weights_digest",
    "zeros_for",
]
