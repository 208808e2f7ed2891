"""Pictures of a solid that are smooth functions of the angles it is seen from.

A picture with hard outlines jumps whenever an edge crosses a pixel. Here rays are marched with a
fixed number of smooth steps through a slightly translucent skin, so that outlines and depth edges
are soft over about a pixel and every pixel is a smooth function of the angles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sametask.scenes.solids import Solid

STEPS = 32
HALF_VIEW = 0.268  # tan 15°: from distance 4 the unit sphere fills 96 % of the picture's width
BLOCK = 8 * 64 * 64  # rays at a time: enough to hide torch's overhead, few enough for 20 MB
OPAQUE = 11.5  # optical depth behind which at most 1e-5 of a ray is left
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
    one = (solid.low[:, None] - margin - origin) * inverse
    other = (solid.high[:, None] + margin - origin) * inverse
    return torch.minimum(one, other).amax(0).clamp_min_(0), torch.maximum(one, other).amin(0)


def _march(
    solid: Solid,
    origin: torch.Tensor,
    direction: torch.Tensor,
    near: torch.Tensor,
    far: torch.Tensor,
    width: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each ray's opacity and the sum of w_k t_k, from which its mean depth follows.

    Step t_{k+1} = t_k + s(d_k) with s(d) = 0.45 (d + √(d² + w²)), density σ(d) = sigmoid(−d/β)/β
    with β = w/3, transmittance T_k = exp(−Σ_{j<k} σ_j s_j), weight w_k = T_k − T_{k+1}. Rays that
    have left the box or have become opaque are dropped every fourth step: what they would still
    add is less than 1e-5.
    """
    beta = width / 3
    opacity, moment = torch.zeros_like(near), torch.zeros_like(near)
    alive, t, depth = torch.arange(len(near)), near, torch.zeros_like(near)
    left, sums = torch.ones_like(near), torch.zeros_like(near)
    for k in range(STEPS):
        d = solid.distance(torch.addcmul(origin, direction, t))
        step = (d.square() + width**2 / 4).sqrt_().mul_(0.9)
        depth = torch.addcmul(depth, torch.sigmoid(d / -beta), step, value=1 / beta)
        remaining = torch.exp(-depth)
        sums = torch.addcmul(sums, left - remaining, t)
        left, t = remaining, t + step
        if k % 4 == 3 or k == STEPS - 1:
            opacity[alive], moment[alive] = 1 - left, sums
            keep = ((t < far) & (depth < OPAQUE)).nonzero()[:, 0]
            alive, t, depth, left, sums, far = (
                values[keep] for values in (alive, t, depth, left, sums, far)
            )
            origin, direction = origin[:, keep], direction[:, keep]
    return opacity, moment


def _shade(solid: Solid, points: torch.Tensor, axes: torch.Tensor, width: float) -> torch.Tensor:
    """Return the brightness (n,) of the surface at points (3, n), seen along axes (n, 3, 3).

    The normal is the gradient of the distance by differences on a tetrahedron (Quilez, "Normals
    for an SDF"); it fades where the gradient does, between two surfaces. Lambert's cosine is
    wrapped, ((1 + cos)/2)², which has no edge at the shadow.
    """
    corners = torch.tensor([[1.0, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]])
    around = points[:, None] + (0.5 * width) * corners.T[:, :, None]
    distance, tone = solid.surface(around.reshape(3, -1))
    normal = corners.T @ distance.reshape(4, -1)
    normal = normal / (normal.square().sum(0) + (0.5 * width) ** 2).sqrt()
    bright = torch.full_like(normal[0], AMBIENT)
    for *towards, strength in LIGHTS:
        light = torch.nn.functional.normalize(torch.tensor(towards), dim=0) @ axes
        bright += strength * ((1 + (normal * light.T).sum(0)) / 2).square()
    return (bright * tone.reshape(4, -1).mean(0)).clamp_(max=1)


def _render_rays(
    solid: Solid, camera: Camera, axes: torch.Tensor, rays: torch.Tensor
) -> torch.Tensor:
    """Return the brightness (n,) of rays (n, 3) along the axes (n, 3, 3) of their pictures."""
    direction = (rays[:, :, None] * axes).sum(1).T.contiguous()
    origin = (camera.distance * axes[:, 2]).T.contiguous()
    near, far = _through_box(solid, origin, direction, 5 * camera.pixel)
    hit = (near < far).nonzero()[:, 0]
    origin, direction = origin[:, hit], direction[:, hit]
    opacity, moment = _march(solid, origin, direction, near[hit], far[hit], camera.pixel)
    seen = (opacity > 1e-6).nonzero()[:, 0]
    hit, opacity, moment = hit[seen], opacity[seen], moment[seen]
    points = torch.addcmul(origin[:, seen], direction[:, seen], moment / opacity)
    image = torch.zeros(len(rays))
    image[hit] = opacity * _shade(solid, points, axes[hit], camera.pixel)
    return image


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
        which = torch.arange(len(chosen)).repeat_interleave(size * size)
        parts = zip(which.split(BLOCK), rays.repeat(len(chosen), 1).split(BLOCK), strict=True)
        bright = [_render_rays(solid, camera, chosen[owner], part) for owner, part in parts]
        images[first : first + block] = torch.cat(bright).reshape(len(chosen), -1)
    return images.reshape(-1, 1, size, size).numpy()
