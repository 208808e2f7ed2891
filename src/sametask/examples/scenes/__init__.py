"""Scenes: pictures of one solid, as smooth functions of the angles it is seen from."""

from sametask.examples.scenes.pictures import horse, mesh

__all__ = ["horse", "mesh"]
