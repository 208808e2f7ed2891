"""A simulated rotary mower: signals of two vibration sensors, of the speed and of the power.

A rotor with 14 blades turns about once in a window of 100 samples at 5 kHz. A worn blade has lost
mass (unbalance), hits the crop harder and a little late. ``docs/mower.md`` describes all constants,
with their units and formulas. Quantities are in SI units until ``record`` scales them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from sametask.base.errors import DataError
from sametask.base.randomness import generator

STEPS, RATE = 100, 5000.0  # samples in a window; samples in a second
WARM_UP = 100  # samples before the window, so that it begins with earlier impacts' ringing
BLADES = 14

SPEED = 2 * np.pi * 50  # nominal, rad/s
SPEED_SPREAD, DROOP = 0.03, 0.06  # fractions of the nominal speed: operator's choice; at full load
MACHINE_MASS = 60.0  # kg that the unbalance shakes
BLADE_RADIUS = 0.25  # m to a blade's centre of mass
LOST_MASS = 0.12  # kg at wear 1
RESIDUAL_MASS = 0.0015  # kg, standard deviation in each direction: no rotor is balanced perfectly
IMPULSE = 0.2  # N s of one blade on the crop at load 1
RAGGEDNESS = 0.12  # standard deviation of an impulse relative to its mean: stalks differ
HARDER, LATER = (
    0.6,
    0.15,
)  # of a blade at wear 1: fraction of its impulse; fraction of a blade pitch
MODES = (  # frequency / Hz, damping ratio, modal mass / kg, shape at the four vibration axes
    (420.0, 0.06, 60.0, (1.0, 0.4, 0.7, -0.3)),
    (910.0, 0.04, 80.0, (0.5, -0.8, 0.3, 0.9)),
    (1630.0, 0.03, 120.0, (-0.3, 0.6, 0.9, 0.5)),
)
# Fractions of the horizontal and the vertical force that reach each axis of each sensor.
RIGID = np.array([[1.0, 0.1], [-0.1, 0.8], [0.7, -0.1], [0.1, 0.9]])
SHAKING = 8.0  # m/s², scale of the tractor's vibration
SHAKING_BAND = (10.0, 30.0)  # Hz
IDLE_TORQUE, LOAD_TORQUE = 20.0, 50.0  # N m
COMPLIANCE_TIME = 2e-3  # s, time constant by which the drive train damps a blow
ACCELERATION_NOISE, SPEED_NOISE, POWER_NOISE = 3.0, 0.5, 300.0  # m/s², rad/s, W

ACCELERATION_UNIT, SPEED_UNIT, POWER_UNIT = 30.0, 0.05 * SPEED, 20e3  # m/s², rad/s, W

_CHUNK = 1024  # windows simulated together, with one random counter: bounds the memory
_IMPACTS = 36  # more than the blades make in warm-up and window at the highest speed


@dataclass
class Conditions:
    """The state of n mowers during one window each."""

    wear: np.ndarray  # (n, 14), 0 for a blade without fault
    speed: np.ndarray  # (n,) rad/s
    load: np.ndarray  # (n,) crop on the rotor relative to the usual
    phase: np.ndarray  # (n,) rad, angle of blade 0 when the window begins
    residual: np.ndarray  # (n,) complex, kg, unbalance of the rotor without wear
    crop: np.ndarray  # (n, 36) impulse of each blow relative to its mean
    shaking: np.ndarray  # (n, 4): m/s², direction / rad, frequency / Hz, phase / rad


def draw(random: np.random.Generator, count: int, difficulty: float, faulty: float) -> Conditions:
    """Return the conditions of ``count`` windows, with worn blades at probability ``faulty``.

    One blade is worn in 70 % of the faulty windows, two in 20 %, three in 10 %. Each wear is
    uniform between 0 and 1 / ``difficulty``.
    """
    worn = random.choice([1, 2, 3], count, p=[0.7, 0.2, 0.1])
    worn[random.random(count) >= faulty] = 0
    rank = random.random((count, BLADES)).argsort(axis=1)
    wear = random.uniform(0, 1, (count, BLADES)) / difficulty
    load = random.uniform(0.3, 1.3, count)
    turns = 1 + SPEED_SPREAD * random.standard_normal(count).clip(-3, 3) - DROOP * load
    shaking = [
        SHAKING * random.rayleigh(1, count),
        random.uniform(0, 2 * np.pi, count),
        random.uniform(*SHAKING_BAND, count),
        random.uniform(0, 2 * np.pi, count),
    ]
    return Conditions(
        wear=np.where(rank < worn[:, None], wear, 0),
        speed=SPEED * turns,
        load=load,
        phase=random.uniform(0, 2 * np.pi, count),
        residual=RESIDUAL_MASS * random.standard_normal((count, 2)) @ [1, 1j],
        crop=1 + RAGGEDNESS * random.standard_normal((count, _IMPACTS)).clip(-4, 4),
        shaking=np.stack(shaking, axis=1),
    )


def unbalance(state: Conditions) -> np.ndarray:
    """Return the acceleration (n, 100, 4) in m/s² from the unbalanced mass.

    The force m r ω² exp(i (ω t + φ)) turns with the rotor, its real part horizontal and its
    imaginary part vertical; far below the resonances the machine follows it as a rigid body.
    """
    blade_angles = 2 * np.pi * np.arange(BLADES) / BLADES
    mass = state.residual - LOST_MASS * state.wear @ np.exp(1j * blade_angles)
    angle = state.phase[:, None] + state.speed[:, None] * np.arange(STEPS) / RATE
    force = (mass * BLADE_RADIUS * state.speed**2)[:, None] * np.exp(1j * angle)
    return np.stack([force.real, force.imag], axis=-1) @ RIGID.T / MACHINE_MASS


def impacts(state: Conditions) -> tuple[np.ndarray, np.ndarray]:
    """Return the times (n, 36) in s after the start of the warm-up, and impulses (n, 36) in N s.

    A blade hits the crop when its angle is a whole turn; wear makes the blow later and harder.
    """
    pitch = 2 * np.pi / BLADES
    start = state.phase - state.speed * WARM_UP / RATE
    blows = np.ceil(start / pitch).astype(int)[:, None] + np.arange(_IMPACTS)
    wear = np.take_along_axis(state.wear, -blows % BLADES, axis=1)
    times = (pitch * (blows + LATER * wear) - start[:, None]) / state.speed[:, None]
    return times, IMPULSE * state.load[:, None] * state.crop * (1 + HARDER * wear)


def ringing(times: np.ndarray, impulses: np.ndarray, pole: complex) -> np.ndarray:
    """Return Σ J exp(s (t − t_J)) over earlier impacts, at the samples of the window: (n, 100).

    ``pole`` is s in 1/s. Exact at the samples, although impacts fall between them.
    """
    steps = WARM_UP + STEPS
    sample = np.ceil(times * RATE).astype(int)
    inside = sample < steps
    weights = impulses * np.exp(pole * (sample / RATE - times))
    place = (sample + steps * np.arange(len(times))[:, None])[inside]
    size = len(times) * steps
    real, imaginary = (
        np.bincount(place, part[inside], size) for part in (weights.real, weights.imag)
    )
    kicks = real + 1j * imaginary
    decay = np.exp(pole / RATE)
    return lfilter([1.0], [1.0, -decay], kicks.reshape(-1, steps), axis=1)[:, WARM_UP:]


def resonances(times: np.ndarray, impulses: np.ndarray) -> np.ndarray:
    """Return the acceleration (n, 100, 4) in m/s² of the damped modes that the blows excite."""
    total = np.zeros((len(times), STEPS, 4))
    for frequency, damping, mass, shape in MODES:
        natural = 2 * np.pi * frequency
        damped = natural * np.sqrt(1 - damping**2)
        response = ringing(times, impulses, complex(-damping * natural, damped)).imag
        total -= (damped / mass * response)[..., None] * np.array(shape)
    return total


def shaking(state: Conditions) -> np.ndarray:
    """Return the acceleration (n, 100, 4) in m/s² of the tractor: one frequency, one direction."""
    size, direction, frequency, phase = state.shaking.T[..., None]
    wave = size * np.sin(2 * np.pi * frequency * np.arange(STEPS) / RATE + phase)
    ways = np.stack([np.cos(direction), np.sin(direction)], axis=-1)
    return wave[..., None] * ways @ RIGID.T


def power(state: Conditions, times: np.ndarray, impulses: np.ndarray) -> np.ndarray:
    """Return the power (n, 100) in W: speed times mean torque and its ripple by the blows.

    The angular impulse r J of a blow reaches the drive as r J exp(−t / τ) / τ. The mean of the
    blows is subtracted, since it is part of the mean torque.
    """
    lever = BLADE_RADIUS / COMPLIANCE_TIME
    blows = lever * ringing(times, impulses, -1 / COMPLIANCE_TIME).real
    mean = BLADE_RADIUS * IMPULSE * state.load * BLADES * state.speed / (2 * np.pi)
    torque = (IDLE_TORQUE + LOAD_TORQUE * state.load - mean)[:, None] + blows
    return state.speed[:, None] * torque


def record(state: Conditions, random: np.random.Generator) -> np.ndarray:
    """Return the six channels of the conditions, float32 (n, 100, 6).

    Four accelerations in units of 30 m/s², the speed's deviation from the nominal in units of
    5 % of it, and the power in units of 20 kW, each with its sensor's white noise.
    """
    times, impulses = impacts(state)
    acceleration = unbalance(state) + resonances(times, impulses) + shaking(state)
    turning = np.broadcast_to(state.speed[:, None] - SPEED, acceleration.shape[:2])
    needed = power(state, times, impulses)
    clean = np.concatenate([acceleration, turning[..., None], needed[..., None]], axis=-1)
    noise = [ACCELERATION_NOISE] * 4 + [SPEED_NOISE, POWER_NOISE]
    units = np.array([ACCELERATION_UNIT] * 4 + [SPEED_UNIT, POWER_UNIT])
    noisy = clean + noise * random.standard_normal(clean.shape)
    return (noisy / units).astype(np.float32)


def _check(count: int, difficulty: float, faulty: float) -> None:
    if count < 1:
        raise DataError(f"count: {count} windows cannot be simulated; at least 1 is needed")
    if not 0 < difficulty < np.inf:
        raise DataError(f"difficulty: {difficulty} is not a positive finite number")
    if not 0 < faulty < 1:
        raise DataError(f"faulty: {faulty} is not a fraction between 0 and 1")


def simulate(
    count: int, seed: int, difficulty: float = 1.0, faulty: float = 0.5037
) -> dict[str, np.ndarray]:
    """Return ``windows`` (count, 100, 6) float32 and ``blades`` (count, 14), true if worn.

    ``difficulty`` divides all wear. ``faulty`` is the probability of a window with worn blades. The
    first windows of a larger ``count`` are the same. Raises ``DataError`` for a count below 1, a
    difficulty that is not positive, or a fraction ``faulty`` not between 0 and 1. The vibration of
    rotors: ISO 21940-11 (unbalance), Rao, "Mechanical Vibrations" (modes under impulses); the
    physics is in ``docs/mower.md``.
    """
    _check(count, difficulty, faulty)
    windows = np.empty((count, STEPS, 6), np.float32)
    blades = np.empty((count, BLADES), bool)
    for start in range(0, count, _CHUNK):
        random = generator(seed, "mower", start // _CHUNK)
        state = draw(random, _CHUNK, difficulty, faulty)
        part = slice(start, min(start + _CHUNK, count))
        size = part.stop - start
        windows[part] = record(state, random)[:size]
        blades[part] = state.wear[:size] > 0
    return {"windows": windows, "blades": blades}
