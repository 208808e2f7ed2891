"""A user's mesh as a solid: its signed distance on a grid, interpolated between the nodes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import label, mean
from scipy.spatial import cKDTree

from sametask.base.errors import ConfigError, nearest, reason
from sametask.base.randomness import generator

if TYPE_CHECKING:
    from trimesh import Trimesh

KINDS = (".obj", ".stl", ".ply")
CELLS = 56  # along the longest side of the mesh: about one for each pixel of a small picture
PADDING = 4  # cells on every side, so that rays start in the grid
SAMPLES = 200_000
FEW = 20_000
VOTES = 8


class Grid:
    """Signed distances at the nodes of a grid (z, y, x), interpolated linearly along each axis.

    Outside the grid the distance is that of the grid's nearest point: below the truth, because a
    projection on the box brings a point nearer to everything in it. So it is a safe step length.
    """

    def __init__(self, values: np.ndarray, first: np.ndarray, last: np.ndarray, cell: float):
        self._values = torch.tensor(values, dtype=torch.float32)[None, None]
        start, end = (torch.tensor(corner, dtype=torch.float32) for corner in (first, last))
        self._reach, margin = cell / 2, (PADDING - 1) * cell
        self.low, self.high = start + margin, end - margin
        self._middle, self._half = ((start + end) / 2)[:, None], ((end - start) / 2)[:, None]

    def distance(self, points: torch.Tensor) -> torch.Tensor:
        """Return the signed distance (n,) of points (3, n)."""
        places = ((points - self._middle) / self._half).T[None, None, None]
        return torch.nn.functional.grid_sample(
            self._values, places, padding_mode="border", align_corners=True
        ).reshape(-1)

    def surface(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the distance's gradient (3, n), and a tone that is the same all over: (n,).

        By differences on a tetrahedron one cell wide (Quilez, "Normals for an SDF").
        """
        corners = torch.tensor([[1.0, -1, -1, 1], [-1, -1, 1, 1], [-1, 1, -1, 1]])
        around = points[:, None] + self._reach * corners[:, :, None]
        values = self.distance(around.reshape(3, -1)).reshape(4, -1)
        return corners @ values / (4 * self._reach), torch.ones_like(points[0])


def _load(path: Path) -> Trimesh:
    """Return the triangles of a file as a ``trimesh.Trimesh`` with equal vertices merged."""
    try:
        import trimesh
    except ImportError as error:
        raise ConfigError(
            f"path: {path}: meshes need trimesh: pip install 'sametask[mesh]'"
        ) from error
    try:
        loaded = trimesh.load_mesh(path, process=False)
        corners = np.asarray(loaded.vertices, dtype=float)[np.asarray(loaded.faces)]
    except Exception as error:
        # Readers of each format raise their own errors; the message names the file.
        raise ConfigError(f"path: {path}: not a readable mesh: {reason(error)}") from error
    if corners.size == 0:
        raise ConfigError(f"path: {path}: an empty mesh: it has no faces")
    if not np.isfinite(corners).all():
        raise ConfigError(f"path: {path}: a vertex of the mesh is not finite")
    solid = trimesh.Trimesh(loaded.vertices, loaded.faces, process=True)
    if not solid.area > 1e-12 * solid.extents.max() ** 2:
        raise ConfigError(f"path: {path}: an empty mesh: its faces have no area")
    return solid


def _samples(mesh: Trimesh) -> tuple[np.ndarray, np.ndarray]:
    """Return points (s, 3) spread evenly over the surface, and their faces (s,)."""
    random = generator(0, "samples of a mesh")
    faces = random.choice(len(mesh.faces), SAMPLES, p=mesh.area_faces / mesh.area)
    u, v = random.random((2, SAMPLES, 1))
    u = np.sqrt(u)  # uniform in a triangle (Turk, "Graphics Gems", 1990)
    a, b, c = mesh.triangles[faces].transpose(1, 0, 2)
    return (1 - u) * a + u * (1 - v) * b + u * v * c, faces


def _measure(
    mesh: Trimesh, samples: np.ndarray, faces: np.ndarray, nodes: np.ndarray, tried: int
) -> np.ndarray:
    """Return distances (n,) of nodes (n, 3) from the faces of the ``tried`` nearest samples.

    The sign is a vote of the nearest samples' normals: at edges and corners one normal may point
    the wrong way (Bærentzen and Aanæs, "Signed distance computation using the angle weighted
    pseudonormal", 2005).
    """
    from trimesh.triangles import closest_point

    _, near = cKDTree(samples).query(nodes, k=VOTES)
    apart = [nodes - closest_point(mesh.triangles[faces[near[:, k]]], nodes) for k in range(tried)]
    heights = (nodes[:, None] - samples[near]) * mesh.face_normals[faces[near]]
    vote = np.where(heights.sum((1, 2)) < 0, -1.0, 1.0)
    return vote * np.linalg.norm(apart, axis=2).min(0)


def _distances(mesh: Trimesh, nodes: np.ndarray, cell: float) -> np.ndarray:
    """Return the signed distances (z, y, x) of nodes (z, y, x, 3) that are one cell apart.

    The distances of all nodes are measured from a few samples, those near the surface from all. If
    two adjacent nodes are on different sides of the surface, one is within half a cell of it. So
    connected nodes that are further away (with a reserve for the error of the samples) are on one
    side, and a vote among them corrects wrong signs. A mesh that is not closed has no inside: it
    becomes a layer of one cell on each side.
    """
    samples, faces = _samples(mesh)
    distance = _measure(mesh, samples[:FEW], faces[:FEW], nodes.reshape(-1, 3), 1)
    gap = 3 * np.sqrt(mesh.area / FEW)  # no place on the surface is further from a sample
    near = np.abs(distance) < 3 * cell + gap
    distance[near] = _measure(mesh, samples, faces, nodes.reshape(-1, 3)[near], 3)
    distance = distance.reshape(nodes.shape[:3])
    if not (mesh.is_watertight and mesh.is_winding_consistent):
        return np.abs(distance) - cell
    distance *= np.sign(mesh.volume)  # all faces may be wound the other way
    regions, count = label(np.abs(distance) > 0.75 * cell)
    votes = np.sign(mean(np.sign(distance), regions, np.arange(count + 1)))
    return np.where(regions > 0, votes[regions] * np.abs(distance), distance)


@lru_cache(maxsize=4)
def _grid(path: Path, modified: int) -> Grid:
    """Return the grid of a file; ``modified``, its time of change, is part of the cache key."""
    mesh = _load(path)
    low, high = mesh.bounds
    mesh.apply_translation(-(low + high) / 2)
    mesh.apply_scale(1 / np.linalg.norm(mesh.vertices, axis=1).max())
    cell = mesh.extents.max() / CELLS
    counts = np.ceil(mesh.extents / cell).astype(int) + 2 * PADDING
    half = counts * cell / 2
    x, y, z = (np.linspace(-h, h, count + 1) for h, count in zip(half, counts, strict=True))
    nodes = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)
    return Grid(_distances(mesh, nodes, cell), -half, half, cell)


def mesh_solid(path: str) -> Grid:
    """Return the solid of an OBJ, STL or PLY file, centred and scaled to the unit sphere.

    The grid of a file is computed once. Raises ``ConfigError`` in one line that names the file.
    """
    file = Path(str(path))
    if file.suffix.lower() not in KINDS:
        raise ConfigError(f"path: {path!r}: not a mesh; valid: a file in {', '.join(KINDS)}")
    if not file.is_file():
        beside = file.parent.iterdir() if file.parent.is_dir() else ()
        meshes = sorted(other.name for other in beside if other.suffix.lower() in KINDS)
        raise ConfigError(f"path: {path}: no such file; {nearest(file.name, meshes)}")
    return _grid(file.resolve(), file.stat().st_mtime_ns)
