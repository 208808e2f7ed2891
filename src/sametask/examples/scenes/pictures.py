"""Views: from points of a domain, which are angles, to the pictures that a network sees."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from sametask.base.errors import ConfigError, DataError
from sametask.examples.scenes.grid import mesh_solid
from sametask.examples.scenes.horse_shape import horse_solid
from sametask.examples.scenes.rendering import render
from sametask.examples.scenes.solids import Solid

NEAREST = 1.5  # the solid fills a sphere of radius 1; a nearer camera sees only a small part of it
SMALLEST = 8


def _check_camera(azimuth: float, elevation: float, distance: float, size: int) -> None:
    """Refuse a camera inside the solid, at a place that is not finite, or with too few pixels."""
    for name, value in (("azimuth", azimuth), ("elevation", elevation), ("distance", distance)):
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not (number and np.isfinite(value)):
            raise ConfigError(f"{name}: {value!r} is not a finite number")
    if distance < NEAREST:
        raise ConfigError(
            f"distance: {distance}: the camera would be inside the object or touch it, which "
            f"fills a sphere of radius 1; the smallest sensible distance is {NEAREST}"
        )
    if not isinstance(size, Integral) or isinstance(size, bool) or size < SMALLEST:
        raise ConfigError(f"size: {size!r}: a whole number of pixels, at least {SMALLEST}")


def _view(
    solid: Solid, points: np.ndarray, azimuth: float, elevation: float, distance: float, size: int
) -> np.ndarray:
    """Return the pictures of a solid at points (n, 1) or (n, 2), for checked settings."""
    try:
        points = np.asarray(points, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"points: not an array of numbers: {error}") from error
    if points.ndim != 2 or points.shape[1] not in (1, 2):
        raise DataError(
            f"points: shape {points.shape}; valid: (n, 1), an angle, or (n, 2), an angle and an "
            "elevation"
        )
    if not np.isfinite(points).all():
        row = int(np.argwhere(~np.isfinite(points))[0][0])
        raise DataError(f"points: row {row} has an angle that is not finite")
    raised = points[:, 1] if points.shape[1] == 2 else np.zeros(len(points))
    return render(solid, points[:, 0] + azimuth, raised + elevation, float(distance), int(size))


def horse(
    points: np.ndarray,
    *,
    azimuth: float = 0.0,
    elevation: float = 0.35,
    distance: float = 4.0,
    size: int = 64,
) -> np.ndarray:
    """Return pictures (n, 1, size, size) of a horse, float32 in [0, 1], black behind it.

    ``points`` (n, 1) hold the angle in radians by which the horse is turned about the vertical
    axis: at 0 it faces the camera, at π/2 it looks to the right. Points (n, 2) hold that angle
    and an elevation of the camera, in radians above the horizon. ``azimuth`` and ``elevation``
    are added to them; ``distance`` is in radii of the horse's bounding sphere. The pictures are
    smooth in both angles and periodic. Raises ``ConfigError`` for a camera that sees nothing and
    ``DataError`` for points of another shape.
    """
    _check_camera(azimuth, elevation, distance, size)
    return _view(horse_solid(), points, azimuth, elevation, distance, size)


def mesh(
    points: np.ndarray,
    *,
    path: str,
    azimuth: float = 0.0,
    elevation: float = 0.35,
    distance: float = 4.0,
    size: int = 64,
) -> np.ndarray:
    """Return pictures (n, 1, size, size) of the mesh in a file, as ``horse`` does of a horse.

    ``path`` is an OBJ, STL or PLY file whose z axis points up and whose x axis faces the camera
    at angle 0; it is centred and scaled to the unit sphere. Needs the extra ``mesh``. Raises
    ``ConfigError`` in one line for a file that is missing, unreadable or empty.
    """
    _check_camera(azimuth, elevation, distance, size)
    return _view(mesh_solid(path), points, azimuth, elevation, distance, size)
