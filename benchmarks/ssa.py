"""Singular spectrum analysis, by sametask and by pyts: times of a sweep, in one run.

    python benchmarks/ssa.py

For each window of one noisy sine: the reconstructions of all ranks, by sametask, and the terms, by
pyts, whose sums are these reconstructions; the least seconds of three runs with one thread, their
ratio, and the largest difference.
"""

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from pyts.decomposition import SingularSpectrumAnalysis

from sametask.config.sections.ensemble_data_sections import NoisySine
from sametask.neurons.data.series import noisy_sine
from sametask.neurons.ssa import reconstructions

RUNS = 3


def timed(function):
    """Return what a function returns, and the least seconds of some runs."""
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        found = function()
        seconds.append(time.perf_counter() - begun)
    return found, min(seconds)


def by_pyts(series, window):
    """Return the reconstructions (window, T) of rank 1 to the window."""
    terms = SingularSpectrumAnalysis(window).fit_transform(series[None])
    return terms.reshape(-1, len(series)).cumsum(axis=0)


def main():
    """Measure and print."""
    print("points  window   sametask (s)   pyts (s)   ratio   largest difference")
    for points in (500, 2000):
        series = noisy_sine(NoisySine(points=points, reach=1.0), seed=0).values
        for window in (20, 100, 240):
            (_, ours), seconds = timed(lambda s=series, w=window: reconstructions(s, w))
            theirs, other = timed(lambda s=series, w=window: by_pyts(s, w))
            off = np.abs(ours - theirs).max()
            ratio = other / seconds
            print(f"{points:6} {window:7} {seconds:14.4f} {other:10.4f} {ratio:7.1f} {off:20.1e}")


if __name__ == "__main__":
    main()
