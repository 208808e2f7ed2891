"""Scenes: pictures of one solid, as smooth functions of the viewing angles."""

from sametask.examples.scenes.pictures import horse, mesh

__all__ = ["horse", "mesh"]
