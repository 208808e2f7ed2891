"""The sections of a page that are made one by one, and left out where there is nothing to show."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sametask.report.pages.saving import save_all
from sametask.report.pictures.picture import Picture
from sametask.report.tables.grouped import Table
from sametask.report.wording.addresses import file_name


@dataclass(frozen=True)
class Part:
    """A section of the page: its title, sentences, tables and figures."""

    name: str
    title: str
    sentences: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def shown(self, folder: Path) -> dict[str, Any]:
        """Write its figures to a folder, and return what the template needs."""
        return {
            "id": f"part-{file_name(self.name)}",
            "title": self.title,
            "sentences": self.sentences,
            "tables": [asdict(table) for table in self.tables],
            "figures": save_all(self.pictures, folder),
        }
