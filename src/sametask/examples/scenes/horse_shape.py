"""A horse as data: capsules with two radii, in units of its height at the withers."""

from __future__ import annotations

from functools import cache

import numpy as np

from sametask.examples.scenes.solids import Capsules

BLEND = 0.022
COAT, DARK, HOOF = 1.0, 0.42, 0.45

# Each row: begin (x forward, y left, z up), radius; end, radius; tone.
BODY = [
    ((0.30, 0, 0.77), 0.175, (0.02, 0, 0.74), 0.175, COAT),  # chest and ribs
    ((0.02, 0, 0.74), 0.175, (-0.34, 0, 0.79), 0.150, COAT),  # belly and flank
    ((-0.36, 0.05, 0.79), 0.145, (-0.42, 0.05, 0.74), 0.130, COAT),  # croup, left
    ((-0.36, -0.05, 0.79), 0.145, (-0.42, -0.05, 0.74), 0.130, COAT),  # croup, right
    ((0.27, 0, 0.88), 0.110, (0.12, 0, 0.84), 0.095, COAT),  # withers
    ((0.33, 0, 0.82), 0.150, (0.50, 0, 1.06), 0.100, COAT),  # neck, lower half
    ((0.50, 0, 1.06), 0.100, (0.63, 0, 1.27), 0.072, COAT),  # neck, upper half
]
HEAD = [
    ((0.67, 0, 1.30), 0.080, (0.75, 0, 1.20), 0.082, COAT),  # skull and cheeks
    ((0.76, 0, 1.20), 0.074, (0.94, 0, 1.02), 0.048, COAT),  # nose
    ((0.945, 0, 1.01), 0.056, (0.96, 0, 0.985), 0.050, DARK),  # muzzle
    ((0.635, 0.050, 1.36), 0.034, (0.655, 0.075, 1.50), 0.014, COAT),  # ears
    ((0.635, -0.050, 1.36), 0.034, (0.655, -0.075, 1.50), 0.014, COAT),
]
HAIR = [
    ((0.57, 0, 1.36), 0.045, (0.40, 0, 1.14), 0.060, DARK),  # mane
    ((0.40, 0, 1.14), 0.060, (0.22, 0, 0.97), 0.030, DARK),
    ((0.67, 0, 1.38), 0.035, (0.76, 0, 1.27), 0.022, DARK),  # forelock
    ((-0.54, 0, 0.86), 0.032, (-0.68, 0, 0.76), 0.056, DARK),  # tail
    ((-0.68, 0, 0.76), 0.056, (-0.77, 0, 0.34), 0.022, DARK),
]


def _fore_leg(side: float, knee: float, foot: float) -> list[tuple]:
    """Return a fore leg; ``knee`` and ``foot`` are their distances in front of the elbow."""
    return [
        ((0.31, side, 0.72), 0.105, (0.29, side, 0.60), 0.080, COAT),
        ((0.29, side, 0.60), 0.076, (0.30 + knee, side, 0.34), 0.046, COAT),
        ((0.30 + knee, side, 0.34), 0.044, (0.30 + foot, side, 0.09), 0.036, COAT),
        ((0.30 + foot, side, 0.07), 0.042, (0.33 + foot, side, 0.03), 0.056, HOOF),
    ]


def _hind_leg(side: float, hock: float, foot: float) -> list[tuple]:
    """Return a hind leg; ``hock`` and ``foot`` are their distances in front of the hip."""
    return [
        ((-0.40, side, 0.72), 0.120, (-0.36, side, 0.56), 0.085, COAT),
        ((-0.36, side, 0.56), 0.080, (-0.38 + hock, side, 0.36), 0.048, COAT),
        ((-0.38 + hock, side, 0.36), 0.046, (-0.38 + foot, side, 0.09), 0.036, COAT),
        ((-0.38 + foot, side, 0.07), 0.042, (-0.35 + foot, side, 0.03), 0.056, HOOF),
    ]


# A walk: no two legs hide each other from the side, and left and right differ.
LEGS = [
    *_fore_leg(0.11, 0.12, 0.15),
    *_fore_leg(-0.11, -0.04, -0.14),
    *_hind_leg(0.11, -0.18, -0.25),
    *_hind_leg(-0.11, 0.00, 0.07),
]


@cache
def horse_solid() -> Capsules:
    """Return the horse, nose along +x and up along +z, in the unit sphere."""
    begin, r, end, s, tones = zip(*(BODY + HEAD + HAIR + LEGS), strict=True)
    return Capsules(
        np.array(begin, float), np.array(end, float), np.stack([r, s], 1), np.array(tones), BLEND
    )
