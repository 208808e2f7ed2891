"""Fill the templates of the pages; names that are safe in paths and addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sametask.report.pages import TEMPLATES


def file_name(name: str) -> str:
    """Return a name with nothing in it that a path or an address gives a meaning to."""
    return re.sub(r"[^\w.-]+", "_", name)


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
