"""Have two neural networks learned the same task? If so, here is the map between them."""

__version__ = "0.1.0"
__all__ = ["Transformation", "networks"]


def __getattr__(name: str):
    # Rules that only read a store should not wait for torch, which these two import.
    if name == "Transformation":
        from sametask.transformation import Transformation

        return Transformation
    if name == "networks":
        import importlib

        return importlib.import_module("sametask.networks")
    raise AttributeError(f"module 'sametask' has no attribute {name!r}")
