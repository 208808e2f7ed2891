"""What the workflow's benchmark files say of its run times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# The rules that write pages: their own times, from the last time, are left out.
PAGES = ("render_report", "render_matching")


def read_runs(folder: str | Path) -> list[dict[str, Any]]:
    """Return what the benchmark files below a folder say: rule, of what, seconds, megabytes.

    The report's own, from the last time, is left out: the page should not depend on it.
    """
    runs = []
    for path in sorted(Path(folder).glob("**/benchmarks/*.tsv")):
        lines = [line.split("\t") for line in path.read_text().splitlines()]
        if len(lines) < 2 or path.stem in PAGES:
            continue
        row = dict(zip(lines[0], lines[1], strict=False))
        of = path.parent.parent.relative_to(folder).as_posix()
        runs.append(
            {
                "rule": path.stem,
                "of": "" if of == "." else of,
                "seconds": float(row["s"]),
                "megabytes": float(row["max_rss"]) if row["max_rss"] != "-" else None,
            }
        )
    return runs
