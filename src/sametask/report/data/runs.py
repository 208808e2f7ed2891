"""What the workflow's benchmark files say of its run times."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

# The rules that write pages; their own run times are left out.
PAGES = ("render_report", "render_matching")


def read_runs(folder: str | Path) -> list[dict[str, Any]]:
    """Return what the benchmark files below a folder say: rule, of what, seconds, megabytes.

    Left out are those of the report itself, as a page should not depend on its own last run, and
    damaged files, as nothing else depends on them.
    """
    runs = []
    for path in sorted(Path(folder).glob("**/benchmarks/*.tsv")):
        if path.stem in PAGES:
            continue
        of = path.parent.parent.relative_to(folder).as_posix()
        with suppress(OSError, ValueError, KeyError):
            runs.append({"rule": path.stem, "of": "" if of == "." else of, **_measured(path)})
    return runs


def _measured(path: Path) -> dict[str, float | None]:
    names, values = (line.split("\t") for line in path.read_text().splitlines()[:2])
    row = dict(zip(names, values, strict=True))
    megabytes = float(row["max_rss"]) if row["max_rss"] != "-" else None
    return {"seconds": float(row["s"]), "megabytes": megabytes}
