"""The probability that a match is right, as a function of its stress, with an interval."""

from __future__ import annotations

from math import log

import numpy as np

# Calibrated on the same-task benchmark (docs/method.md): at this stress a match is as likely right
# as wrong, and the odds fall with this power of it. Fitted: 0.0441 and 2.27, to 29 matches.
EVEN, POWER = 0.044, 2.3
# Ends of the 95 % interval of the confidence at some stresses: 2.5 and 97.5 % quantiles over
# bootstrap resamples of these 29 matches. Between them it is linear in the logarithm of the stress.
STRESS = (0.005, 0.01, 0.02, 0.03, 0.044, 0.06, 0.1, 0.2, 0.5, 1.0)
LOW = (0.961, 0.857, 0.586, 0.376, 0.212, 0.121, 0.041, 0.008, 0.001, 0.0)
HIGH = (0.999, 0.993, 0.965, 0.912, 0.802, 0.658, 0.362, 0.098, 0.012, 0.002)


def confidence(stress: float) -> float:
    """Return the probability 1 / (1 + (stress / s)^q) that a match is right.

    s and q are calibrated on networks of the benchmark.
    """
    # Two forms, because the power overflows for a large stress.
    if stress > EVEN:
        odds = (EVEN / stress) ** POWER
        return odds / (1 + odds)
    return 1 / (1 + (stress / EVEN) ** POWER)


def confidence_interval(stress: float) -> tuple[float, float]:
    """Return the ends of the 95 % interval of the confidence. Few matches make it wide.

    Outside the range of ``STRESS``, the first or the last interval is used. The interval is widened
    if necessary to contain the confidence.
    """
    place = log(min(max(stress, STRESS[0]), STRESS[-1]))
    low, high = (float(np.interp(place, np.log(STRESS), ends)) for ends in (LOW, HIGH))
    estimate = confidence(stress)
    return min(low, estimate), max(high, estimate)
