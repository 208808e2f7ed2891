"""Pictures of a solid that are smooth functions of the viewing angles.

A picture with hard outlines jumps whenever an edge crosses a pixel. Here rays are marched with a
fixed number of smooth steps through a slightly translucent surface. So outlines and depth edges are
soft over about a pixel, and every pixel is a smooth function of the angles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sametask.examples.scenes.solids import Solid

STEPS = 32
HALF_VIEW = 0.268  # tan 15°: from distance 4 the unit sphere fills 96 % of the picture's width
BLOCK = 8 * 64 * 64  # rays at a time: enough to hide torch's overhead, few enough for 20 MB
FAINT = 1e-3  # the fraction of a ray that is neglected
LIGHTS = ((-0.50, 0.70, 0.50, 0.85), (0.85, 0.05, 0.52, 0.15))  # right, up, back; strength
AMBIENT = 0.12


@dataclass(frozen=True)
class Camera:
    """A camera that looks at the origin from ``distance``; the picture is ``size`` pixels wide."""

    distance: float
    size: int

    @property
    def pixel(self) -> float:
        """Return the width of a pixel at the origin."""
        return 2 * HALF_VIEW * self.distance / self.size

    def frames(self, angles: np.ndarray, elevations: np.ndarray) -> torch.Tensor:
        """Return the axes right, up and back (towards the camera) in the solid's frame.

        Turning the solid by an angle about z is turning the camera by minus that angle. The axes
        come from sines and cosines in float64, hence they are periodic. Returns (n, 3 axes, 3).
        """
        s, c = np.sin(-angles), np.cos(-angles)
        se, ce = np.sin(elevations), np.cos(elevations)
        right = np.stack([-s, c, 0 * s], axis=1)
        up = np.stack([-se * c, -se * s, ce], axis=1)
        back = np.stack([ce * c, ce * s, se], axis=1)
        return torch.tensor(np.stack([right, up, back], axis=1), dtype=torch.float32)

    def directions(self) -> torch.Tensor:
        """Return the unit directions (size², 3) of the pixels along right, up and back."""
        ticks = (torch.arange(self.size) + 0.5) / self.size * 2 - 1
        up, right = torch.meshgrid(-HALF_VIEW * ticks, HALF_VIEW * ticks, indexing="ij")
        rays = torch.stack([right, up, -torch.ones_like(up)], dim=-1).reshape(-1, 3)
        return rays / rays.norm(dim=1, keepdim=True)


def _through_box(
    solid: Solid, origin: torch.Tensor, direction: torch.Tensor, margin: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where rays (3, n) enter and leave the solid's box, widened by a margin: (n,), (n,)."""
    inverse = 1 / torch.where(direction.abs() < 1e-9, 1e-9, direction)
    to_low = (solid.low[:, None] - margin - origin) * inverse
    to_high = (solid.high[:, None] + margin - origin) * inverse
    return torch.minimum(to_low, to_high).amax(0).clamp_min_(0), torch.maximum(
        to_low, to_high
    ).amin(0)


def _march(
    solid: Solid,
    origin: torch.Tensor,
    direction: torch.Tensor,
    near: torch.Tensor,
    far: torch.Tensor,
    width: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what rays (3, n) see: the rays (m,), the depths t_k (m,) and the weights w_k (m,).

    Step t_{k+1} = t_k + s(d_k) with s(d) = 0.9 √(d² + w²/4), density σ(d) = sigmoid(−d/β)/β with β
    = w/3, transmittance T_k = exp(−Σ_{j<k} σ_j s_j), weight w_k = T_k − T_{k+1}. ``FAINT`` is
    subtracted from each weight, and weights that are not positive are left out, without a jump.
    Rays whose transmittance is below ``FAINT``, or that have left the box, are dropped.
    """
    beta = width / 3
    alive, t, left = torch.arange(len(near)), near, torch.ones_like(near)
    seen = []
    for k in range(STEPS):
        d = solid.distance(torch.addcmul(origin, direction, t))
        step = (d.square() + width**2 / 4).sqrt_().mul_(0.9)
        remaining = left * torch.exp(torch.sigmoid(d / -beta) * step / -beta)
        weight = left - remaining - FAINT
        positive = (weight > 0).nonzero()[:, 0]
        seen.append((alive[positive], t[positive], weight[positive]))
        left, t = remaining, t + step
        if k % 4 == 3:
            keep = ((t < far) & (left > FAINT)).nonzero()[:, 0]
            alive, t, left, far = (values[keep] for values in (alive, t, left, far))
            origin, direction = origin[:, keep], direction[:, keep]
    rays, depths, weights = (torch.cat(values) for values in zip(*seen, strict=True))
    return rays, depths, weights


def _lights(frames: torch.Tensor) -> torch.Tensor:
    """Return the unit vectors (n, 3, lights) towards the lights in frames (n, 3 axes, 3)."""
    towards = torch.tensor([light[:3] for light in LIGHTS])
    towards = towards / towards.norm(dim=1, keepdim=True)
    return torch.einsum("la,nac->ncl", towards, frames)


def _shade(solid: Solid, points: torch.Tensor, lights: torch.Tensor) -> torch.Tensor:
    """Return the brightness (n,) of the surface at points (3, n) under lights (n, 3, lights).

    The normal is the gradient of the distance; it fades with the gradient, between two surfaces.
    Lambert's cosine is wrapped, ((1 + cos)/2)², which has no edge at the shadow.
    """
    gradient, tone = solid.surface(points)
    normal = gradient / (gradient.square().sum(0) + 0.05).sqrt_()
    cosines = (normal.T[:, :, None] * lights).sum(1)
    strengths = torch.tensor([strength for *_, strength in LIGHTS])
    return (AMBIENT + ((1 + cosines) / 2).square() @ strengths) * tone


def _render_rays(
    solid: Solid, camera: Camera, frames: torch.Tensor, owner: torch.Tensor, rays: torch.Tensor
) -> torch.Tensor:
    """Return the brightness (n,) of rays (n, 3) along the axes of their ``owner``'s frame."""
    direction = torch.einsum("na,nac->cn", rays, frames[owner])
    origin = camera.distance * frames[owner, 2].T
    near, far = _through_box(solid, origin, direction, 5 * camera.pixel)
    hit = (near < far).nonzero()[:, 0]
    origin, direction = origin[:, hit], direction[:, hit]
    which, depth, weight = _march(solid, origin, direction, near[hit], far[hit], camera.pixel)
    points = torch.addcmul(origin[:, which], direction[:, which], depth)
    bright = weight * _shade(solid, points, _lights(frames)[owner[hit[which]]])
    return torch.zeros(len(rays)).index_add_(0, hit[which], bright).clamp_(max=1)


@torch.no_grad()
def render(
    solid: Solid, angles: np.ndarray, elevations: np.ndarray, distance: float, size: int
) -> np.ndarray:
    """Return pictures (n, 1, size, size) in [0, 1] of a solid turned by ``angles`` (n,) about z.

    The camera stands at ``elevations`` (n,), in radians above the horizon, ``distance`` away from
    the solid's centre; it and the lights stay in place while the solid turns. Pictures are
    rendered a few at a time; none depends on the others beyond rounding.
    """
    camera = Camera(distance, size)
    frames, rays = camera.frames(angles, elevations), camera.directions()
    images = torch.empty(len(frames), size * size)
    block = max(1, BLOCK // size**2)
    for first in range(0, len(frames), block):
        chosen = frames[first : first + block]
        owner = torch.arange(len(chosen)).repeat_interleave(size * size)
        parts = zip(owner.split(BLOCK), rays.repeat(len(chosen), 1).split(BLOCK), strict=True)
        bright = [_render_rays(solid, camera, chosen, *part) for part in parts]
        images[first : first + block] = torch.cat(bright).reshape(len(chosen), -1)
    return images.reshape(-1, 1, size, size).numpy()
