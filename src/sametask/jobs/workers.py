"""Run independent calls in several processes, each with one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from sametask.base.progress import progress

Result = TypeVar("Result")


def on_workers(
    function: Callable[..., Result], calls: Sequence[tuple[Any, ...]], workers: int, unit: str
) -> Iterator[Result]:
    """Yield ``function(*call)`` for every call, in their order, and report the progress.

    Small matrix products gain nothing from a second thread, but two processes halve the time.
    Results do not depend on the number of workers.
    """
    with parallel_config("loky", inner_max_num_threads=1):
        run = Parallel(n_jobs=workers, return_as="generator")
    results = run(delayed(function)(*call) for call in calls)
    for _, result in zip(progress(calls, unit), results, strict=True):
        yield result
