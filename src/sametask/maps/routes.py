"""Maps through diffusion coordinates: our own, the thesis's, and ours with one part replaced.

All have three stages: the encoder φ from measured activations to diffusion coordinates, the
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

# Smoothing of a lift whose coordinates may differ by round-off alone: where the Euclidean kernel
# falls apart, coordinates are constant on its parts.
REPEATED = 1e-3


@dataclass(frozen=True)
class Side:
    """One network's samples: measured (N, m), all neurons (N, t), coordinates (N, k).

    ``euclidean`` (N, l) are the coordinates of the ablation ``intrinsic_euclidean``. Either
    coordinates may be missing. ``groups`` (N,) are equal for rows of one sample, by default each
    row is one.
    """

    measured: Tensor
    whole: Tensor
    coordinates: Tensor | None = None
    euclidean: Tensor | None = None
    groups: Tensor | None = None


def coordinates_of(side: Side) -> Tensor:
    """Return the diffusion coordinates of a side; ``DataError`` where it has none."""
    if side.coordinates is None:
        raise DataError("no diffusion coordinates")
    return side.coordinates


def _chain(encoder: nn.Module, rotation: Tensor, lift: nn.Module) -> dict[str, nn.Module]:
    # Rows one after another, as they come back from disk: products then agree bit for bit.
    turn = Affine(matrix=rotation.contiguous(), offset=rotation.new_zeros(len(rotation)))
    return {"encoder": encoder, "rotation": turn, "lift": lift}


def _fitted(
    inputs: Tensor, targets: Tensor, smoothing: float | str, groups: Tensor | None
) -> RadialBasis:
    """Fit splines smoothed as asked for, or, where none passes through the samples, as ``auto``.

    A network that folds its inputs has samples that all but coincide, and are apart in another
    one: that must not end the other maps.
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
    have the same intrinsic coordinates up to O (k, k). No sample of the source has to correspond
    to one of the target, nor need there be equally many.
    """
    lift = _fitted(coordinates_of(target), target.whole, smoothing, target.groups)
    return _chain(encoder, rotation, lift)


def thesis_route(
    encoder: nn.Module, source: Side, target: Side, rotation: Tensor, smoothing: float | str
) -> dict[str, nn.Module]:
    """Return φ_source → O → λ, with λ fitted on the *source's rotated* coordinates.

    Section 3.4 of the thesis; row i of the target belongs to row i of the source. A thin-plate
    spline is rotation-equivariant, so O (k, k) cancels: a nonlinear regression through the
    source's coordinates, which pairs any two networks.
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
    """Return a random orthogonal matrix (k, k), each as likely as any other.

    Drawn from the Haar distribution (Mezzadri, Notices of the AMS 54 (2007) 592).
    """
    draw = generator(seed, "random rotation")
    if size == 1:
        # Of the two rotations of one coordinate SciPy always draws the same.
        return torch.from_numpy(np.sign(draw.standard_normal((1, 1))))
    return torch.from_numpy(ortho_group.rvs(size, random_state=draw))


def turned(intrinsic: dict[str, nn.Module], rotation: Tensor) -> dict[str, nn.Module]:
    """Return the intrinsic route with another rotation (k, k)."""
    return _chain(intrinsic["encoder"], rotation, intrinsic["lift"])


def rotation_ablations(
    intrinsic: dict[str, nn.Module], random: Tensor
) -> dict[str, dict[str, nn.Module]]:
    """Return the intrinsic route with another rotation (k, k): none, and a random one."""
    return {
        "intrinsic_identity": turned(intrinsic, torch.eye(len(random)).to(random)),
        "intrinsic_random": turned(intrinsic, random),
    }


def euclidean_route(source: Side, target: Side, smoothing: float | str) -> dict[str, nn.Module]:
    """Return the intrinsic route through Euclidean diffusion coordinates, with their rotation.

    Where one network has fewer of them, the other's last ones are left out. The lift is smoothed
    by at least 1e-3, in squared coordinates of unit mean square. Raises ``DataError`` if there are
    fewer distinct samples than splines need, or no Euclidean coordinates.
    """
    if source.euclidean is None or target.euclidean is None:
        raise DataError("a network has no Euclidean coordinates: see its embed_diffusion.log")
    shared = min(source.euclidean.shape[1], target.euclidean.shape[1])
    start, end = source.euclidean[:, :shared], target.euclidean[:, :shared]
    encoder = _fitted(source.measured, start, smoothing, source.groups)
    chosen = smoothing_of(end, target.whole, smoothing, target.groups)
    lift = fit_radial_basis(end, target.whole, max(chosen, REPEATED))
    return _chain(encoder, procrustes(start, end), lift)


def _fill(layout: Layout, way: str) -> Affine:
    """Return the stage that gives neurons (n, t) that are not measured another value.

    ``mean`` is that of the measured ones at the same step, ``zero`` is 0 (section 4.2 of the
    thesis).
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
    """Return both routes with neurons filled in some ways that a direction's target measures not.

    ``maps`` are fitted ones, ``targets`` the layouts of the directions' targets. Where everything
    is measured there is nothing to fill, nor is a route that could not be fitted.
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
