"""Scenes: pictures of one solid, as smooth functions of the angles it is seen from."""

from sametask.scenes.views import horse, mesh

__all__ = ["horse", "mesh"]
