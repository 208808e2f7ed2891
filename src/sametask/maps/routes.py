"""Maps through diffusion coordinates: ours, that of the thesis, and ablations of ours.

Each has three stages: the encoder φ from measured activations to diffusion coordinates, the
rotation O, and the lift λ from coordinates to *all* neurons of the target's layers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import ortho_group
from torch import Tensor, nn

from sametask.activations.layout import Layout
from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.maps.affine import Affine
from sametask.splines.smoothing import fit_smoothed, smoothing_of
from sametask.splines.thin_plates import RadialBasis, fit_radial_basis
from sametask.statistics.procrustes import procrustes

# Smoothing of a lift whose coordinates may differ by round-off alone: if the Euclidean kernel falls
# into pieces, coordinates are constant on each piece.
REPEATED = 1e-3


@dataclass(frozen=True)
class Side:
    """One network's samples: measured (N, m), all neurons (N, t), coordinates (N, k).

    ``euclidean`` (N, l) are the coordinates of the ablation ``intrinsic_euclidean``. Both may be
    missing. ``groups`` (N,) are equal for rows of one sample; by default every row is a sample.
    ``window`` (N, (2 c + 1) m) is what is measured at each row and at c positions before and after
    it, if some maps see that.
    """

    measured: Tensor
    whole: Tensor
    coordinates: Tensor | None = None
    euclidean: Tensor | None = None
    groups: Tensor | None = None
    window: Tensor | None = None


def coordinates_of(side: Side) -> Tensor:
    """Return the diffusion coordinates of a side. Raises ``DataError`` if it has none."""
    if side.coordinates is None:
        raise DataError("no diffusion coordinates")
    return side.coordinates


def _chain(encoder: nn.Module, rotation: Tensor, lift: nn.Module) -> dict[str, nn.Module]:
    # Contiguous rows, as after loading from disk, so that products agree bit by bit.
    turn = Affine(matrix=rotation.contiguous(), offset=rotation.new_zeros(len(rotation)))
    return {"encoder": encoder, "rotation": turn, "lift": lift}


def _fitted(
    inputs: Tensor, targets: Tensor, smoothing: float | str, groups: Tensor | None
) -> RadialBasis:
    """Fit splines with the smoothing asked for; if this fails, with that of ``auto``.

    If one network folds its inputs and the other does not, samples nearly coincide in the first
    and are apart in the second: no spline interpolates them. The other maps must be fitted anyway.
    """
    try:
        return fit_smoothed(inputs, targets, smoothing, groups)
    except DataError as error:
        logging.getLogger(__name__).warning("%s; smoothed as auto does", error)
        return fit_smoothed(inputs, targets, "auto", groups)


def encoder_of(source: Side, smoothing: float | str) -> RadialBasis:
    """Return φ, from the source's measured activations to its diffusion coordinates."""
    return _fitted(source.measured, coordinates_of(source), smoothing, source.groups)


def intrinsic_route(
    encoder: nn.Module, target: Side, rotation: Tensor, smoothing: float | str
) -> dict[str, nn.Module]:
    """Return φ_source → O → λ, with λ fitted on the *target's own* coordinates.

    The definition of the paper (Bertalan, Dietrich & Kevrekidis). It holds only if both networks
    have the same intrinsic coordinates up to O (k, k). Samples of source and target need not be
    paired, and their numbers may differ.
    """
    lift = _fitted(coordinates_of(target), target.whole, smoothing, target.groups)
    return _chain(encoder, rotation, lift)


def thesis_route(
    encoder: nn.Module, source: Side, target: Side, rotation: Tensor, smoothing: float | str
) -> dict[str, nn.Module]:
    """Return φ_source → O → λ, with λ fitted on the *source's rotated* coordinates.

    Section 3.4 of the thesis; row i of the target is paired with row i of the source. Thin-plate
    splines are rotation-equivariant, so that O (k, k) cancels. The map is therefore a nonlinear
    regression on the source's coordinates, and does not require that coordinates agree.
    """
    lift = _fitted(coordinates_of(source) @ rotation, target.whole, smoothing, source.groups)
    return _chain(encoder, rotation, lift)


def coordinate_maps(
    source: Side, target: Side, rotation: Tensor, smoothing: float | str
) -> dict[str, dict[str, nn.Module]]:
    """Return both routes through diffusion coordinates of paired samples, with one encoder."""
    encoder = encoder_of(source, smoothing)
    return {
        "intrinsic": intrinsic_route(encoder, target, rotation, smoothing),
        "thesis": thesis_route(encoder, source, target, rotation, smoothing),
    }


def random_rotation(size: int, seed: int) -> Tensor:
    """Return a random orthogonal matrix (k, k), uniformly distributed.

    Drawn from the Haar distribution (Mezzadri, Notices of the AMS 54 (2007) 592).
    """
    draw = generator(seed, "random rotation")
    if size == 1:
        # Of the two orthogonal matrices for one coordinate, 1 and −1, SciPy draws only one.
        return torch.from_numpy(np.sign(draw.standard_normal((1, 1))))
    return torch.from_numpy(ortho_group.rvs(size, random_state=draw))


def turned(intrinsic: dict[str, nn.Module], rotation: Tensor) -> dict[str, nn.Module]:
    """Return the intrinsic route with another rotation (k, k)."""
    return _chain(intrinsic["encoder"], rotation, intrinsic["lift"])


def rotation_ablations(
    intrinsic: dict[str, nn.Module], random: Tensor
) -> dict[str, dict[str, nn.Module]]:
    """Return the intrinsic route with the identity, and with a ``random`` rotation (k, k)."""
    return {
        "intrinsic_identity": turned(intrinsic, torch.eye(len(random)).to(random)),
        "intrinsic_random": turned(intrinsic, random),
    }


def euclidean_route(source: Side, target: Side, smoothing: float | str) -> dict[str, nn.Module]:
    """Return the intrinsic route through Euclidean diffusion coordinates, with their rotation.

    If the numbers of coordinates differ, the smaller one is used. The lift is smoothed by at least
    1e-3, in squared units of the coordinates, which have unit mean square. Raises ``DataError`` if
    there are fewer distinct samples than splines need, or no Euclidean coordinates.
    """
    if source.euclidean is None or target.euclidean is None:
        raise DataError("a network has no Euclidean coordinates: see its embed_diffusion.log")
    width = min(source.euclidean.shape[1], target.euclidean.shape[1])
    start, end = source.euclidean[:, :width], target.euclidean[:, :width]
    encoder = _fitted(source.measured, start, smoothing, source.groups)
    chosen = smoothing_of(end, target.whole, smoothing, target.groups)
    lift = fit_radial_basis(end, target.whole, max(chosen, REPEATED))
    return _chain(encoder, procrustes(start, end), lift)


def _fill(layout: Layout, way: str) -> Affine:
    """Return the stage that replaces neurons (n, t) that are not measured.

    ``mean`` is the mean of the measured neurons at the same step; ``zero`` is 0 (section 4.2 of
    the thesis).
    """
    total, steps = layout.total, layout.per_sample or 1
    step = torch.zeros(total, total, dtype=torch.float64)
    measured = list(layout.neurons)
    if way == "mean":
        step[measured] = 1 / len(measured)
    step[:, measured] = torch.eye(total, dtype=torch.float64)[:, measured]
    matrix = torch.block_diag(*[step] * steps)
    return Affine(matrix=matrix, offset=matrix.new_zeros(len(matrix)))


def filled_maps(
    maps: Mapping[str, Mapping], targets: Mapping[str, Layout], ways: Sequence[str]
) -> dict[str, dict]:
    """Return both routes with the target's neurons that are not measured filled in some ways.

    ``maps`` are fitted maps, ``targets`` the layouts of the directions' targets. Returns nothing if
    all neurons are measured, or components of them; routes that could not be fitted are left out.
    """
    filled: dict[str, dict] = {}
    if all(len(layout.neurons) == layout.total for layout in targets.values()):
        return filled
    for way in ways:
        for route in [name for name in ("intrinsic", "thesis") if name in maps]:
            filled[f"{route}_fill_{way}"] = {
                direction: {**maps[route][direction], "fill": _fill(layout, way)}
                for direction, layout in targets.items()
            }
    return filled
