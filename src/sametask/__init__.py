"""Have two neural networks learned the same task? If so, here is the map between them.

The public face. ``Transformation`` is the map between two layers, ``load_network`` reads what an
experiment left of a network, ``record`` takes the outputs of its layers, ``networks`` builds,
trains and lists them. All need torch, and are imported when they are first asked for.
"""

from importlib import import_module
from typing import Any

from sametask.base.version import VERSION

__version__ = VERSION

# Where each public name is: a module and a name in it, or a package.
PUBLIC = {
    "Transformation": "sametask.maps.transformation:Transformation",
    "load_network": "sametask.maps.exported:load_network",
    "networks": "sametask.networks",
    "record": "sametask.activations.hooks:record",
}

__all__ = ["Transformation", "__version__", "load_network", "networks", "record"]


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'sametask' has no attribute {name!r}")
    module, _, attribute = PUBLIC[name].partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
