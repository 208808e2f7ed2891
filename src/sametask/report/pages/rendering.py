"""Write pages from their templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sametask.report.pages import TEMPLATES
from sametask.storage.atomic import replacing


def write_page(path: Path, template: str, context: Mapping[str, Any]) -> None:
    """Write a page from one of the templates; a name that the context lacks is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    path.write_text(environment.get_template(template).render(**context), encoding="utf-8")


def write_with_figures(
    page: str | Path,
    figures: str | Path,
    template: str,
    context: Callable[[Path], Mapping[str, Any]],
) -> None:
    """Write a page and the folder of its figures; neither appears before it is complete.

    ``context`` writes the figures to the folder it is given, and returns the template's values.
    """
    page, figures = Path(page), Path(figures)
    page.parent.mkdir(parents=True, exist_ok=True)
    with replacing(page) as unfinished_page, replacing(figures) as unfinished_figures:
        unfinished_figures.mkdir(parents=True)
        write_page(unfinished_page, template, context(unfinished_figures))
