"""Write samples to stores, and read them."""

from __future__ import annotations

from collections.abc import Mapping

from sametask.inputs.fields import read_inputs, write_inputs
from sametask.inputs.samples import Draw
from sametask.storage.store import Store, Writer

# Optional arrays of samples beside the inputs.
KNOWN = ("targets", "rows")


def write_draws(writer: Writer, draws: Mapping[str, Draw]) -> None:
    """Write the arrays of every draw: ``{part}/inputs``, ``{part}/targets``, ``{part}/rows``.

    Of records, each field is an array ``{part}/inputs/{field}``.
    """
    for part, drawn in draws.items():
        write_inputs(writer, f"{part}/inputs", drawn.inputs)
        for name in KNOWN:
            values = getattr(drawn, name)
            if values is not None:
                writer.array(f"{part}/{name}", values, ["sample"])


def read_draws(drawn: Store, parts: tuple[str, ...]) -> dict[str, Draw]:
    """Return the draws of those ``parts`` that a store of samples has."""
    return {
        part: Draw(
            read_inputs(drawn, f"{part}/inputs"), *(drawn.get(f"{part}/{name}") for name in KNOWN)
        )
        for part in parts
        if f"{part}/inputs" in drawn
    }
