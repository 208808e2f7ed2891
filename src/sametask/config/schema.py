"""The JSON schema and the reference page of experiment files, written from the model.

``python -m sametask.config.schema`` writes both; a test checks that they agree with the model.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sametask.config import Experiment
from sametask.config.sections.benchmark_section import SameTask
from sametask.config.sections.sentences_section import Sentences
from sametask.config.sections.spoken_section import Spoken
from sametask.config.sections.task_zoo_section import TaskZoo

SCHEMA = Path("workflow/schemas/experiment.schema.json")
REFERENCE = Path("docs/configuration.md")
HEAD = """# Every key of an experiment

An experiment is one YAML file in `config/experiments/`; `config/config.yaml` lists those that
`make run` makes. A file that `extends` another has only the keys that differ. An unknown key or a
value out of range is refused, with the nearest valid one, before any job runs.

This page is written by `make schema` from `src/sametask/config/`.
"""


def schema() -> dict[str, Any]:
    """Return the JSON schema of an experiment file, ``extends`` included."""
    model = Experiment.model_json_schema()
    model["properties"]["extends"] = {
        "type": "string",
        "description": "Another experiment whose keys hold wherever this file has none.",
    }
    what = model["$defs"]["Reconstruct"]["properties"]["of"]["items"]
    model["properties"]["reconstruct"]["anyOf"].insert(0, what)
    # A file that extends another may leave out any key that the other file has, and any network.
    networks = model["properties"]["networks"]["patternProperties"]
    for pattern, network in networks.items():
        networks[pattern] = {"anyOf": [network, {"type": "null"}]}
    for section in (model, *model["$defs"].values()):
        section.pop("required", None)
    return model


def _kind(field: dict[str, Any]) -> str:
    """Return in a few words which values a field takes."""
    options = field.get("anyOf") or field.get("oneOf")
    if options:
        return " or ".join(_kind(option) for option in options)
    if "enum" in field:
        return " | ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "$ref" in field:
        return f"see {field['$ref'].rsplit('/', 1)[-1]}"
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {field[name]:g}" for name, sign in bounds.items() if name in field]
    kind = field.get("type", "value").replace("null", "nothing")
    return f"{kind} {', '.join(limits)}".rstrip()


def _table(title: str, section: dict[str, Any]) -> str:
    lines = [f"## {title}", "", section.get("description", ""), ""]
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, field in section["properties"].items():
        default = f"`{json.dumps(field['default'])}`" if "default" in field else ""
        cells = (f"`{key}`", _kind(field), default, field.get("description", ""))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def reference() -> str:
    """Return the reference page: a table of keys for every section."""
    model = schema()
    # Sections follow in the order in which an experiment mentions them.
    mentioned = re.findall(r"#/\$defs/(\w+)", json.dumps([model["properties"], model["$defs"]]))
    tables = [_table(name, model["$defs"][name]) for name in dict.fromkeys(mentioned)]
    for name, settings in (("same-task", SameTask), ("task-zoo", TaskZoo)):
        tables.append(_table(f"config/{name}.yaml", settings.model_json_schema()))
    sentences = Sentences.model_json_schema()
    tables.append(_table("config/sentences.yaml", sentences))
    tables += [_table(name, sentences["$defs"][name]) for name in ("Tokeniser", "TextClassifier")]
    spoken = Spoken.model_json_schema()
    tables.append(_table("config/spoken.yaml", spoken))
    tables.append(_table("Speaking", spoken["$defs"]["Speaking"]))
    return "\n\n".join([HEAD.rstrip(), _table("Experiment", model), *tables]) + "\n"


def schema_text() -> str:
    """Return the text of the schema in ``workflow/schemas``."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text())
    REFERENCE.write_text(reference())
