"""The samples that all networks of an experiment share, and the attributes of their store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.config.sections.data_set_sections import SOUND
from sametask.config.sections.input_sections import DataSet, InputsSection
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs.domains import Domain
from sametask.inputs.fields import fields_of
from sametask.inputs.own_samples import draw_shared
from sametask.inputs.samples import Draw, draw_samples


def draw_common(
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    pool: int,
    first: np.ndarray | None,
) -> dict[str, Draw]:
    """Call ``draw_samples``, or ``draw_shared`` if networks share only a few inputs."""
    if samples.anchors is None:
        return draw_samples(inputs, samples, task, seed, first)
    return draw_shared(inputs, samples, task, seed, pool, first)


def facts_of(
    draws: Mapping[str, Draw],
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
) -> dict[str, Any]:
    """Return the attributes of ``samples.zarr`` without those of equal rows."""
    inputs_drawn = draws["test"].inputs
    fields = fields_of(inputs_drawn)
    shape = (inputs_drawn if fields is None else fields[SOUND]).shape[1:]
    facts: dict[str, Any] = {
        "input_shape": list(shape),
        "input_dimension": int(np.prod(shape)),
        "task": task.kind if task else None,
    }
    if samples.anchors is not None:
        facts["anchors"] = samples.anchors
    if not isinstance(inputs, DataSet):
        facts["circles"] = Domain.of(inputs).circles.tolist()
    return facts
