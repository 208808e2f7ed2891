"""What singular spectrum analysis makes of the series of an ensemble."""

from __future__ import annotations

from sametask.report.data.ensemble import Ensemble
from sametask.report.figures.ensemble.ssa import draw_ssa_errors, draw_ssa_series
from sametask.report.pictures.picture import Picture


def ssa_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return errors by window and rank, and a reconstruction, if there was an analysis."""
    store = ensemble.ssa
    if store is None:
        return []
    errors = [store[name] for name in ("windows", "ranks", "mse", "mape")]
    clean = ensemble.data.get("clean")
    against = "the series without noise" if clean is not None else "the series itself"
    return [
        Picture(
            "ssa-errors",
            "Errors by window and number of terms",
            draw_ssa_errors(*errors, store.attributes["noise_mse"]),
            "Mean square and mean percentage error over the number of terms, by window.",
            f"Against {against}. The source's figures 3 and 4: of a noisy sine, errors are "
            "smallest with fewer than 20 terms, grow with the terms, and with all of them are the "
            "mean square of the noise.",
        ),
        Picture(
            "ssa-series",
            "A series and what is left of it",
            draw_ssa_series(
                ensemble.data["series"], clean, store["reconstruction"], store.attributes["terms"]
            ),
            "The series, the same without noise where it is known, and the reconstruction.",
            "The terms that are summed are the widest.",
        ),
    ]
