"""What networks that say texts need: outputs that are read as text, in a way that fits them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sametask.base.errors import nearest
from sametask.config.sections.data_set_sections import Speech
from sametask.config.sections.network_sections import Network, Transcript

if TYPE_CHECKING:
    from sametask.config import Experiment


def require_transcribable(asked: Experiment) -> None:
    """Refuse networks that say texts without a transcript, and transcripts that do not fit."""
    says = asked.task is not None and asked.task.kind == "transcription"
    columns = asked.inputs.texts if isinstance(asked.inputs, Speech) else []
    for name, network in asked.networks.items():
        if network.transcript is not None:
            _require_fit(name, network, network.transcript)
            _require_column(name, network.transcript, columns)
        elif says:
            raise ValueError(
                f"networks.{name}.transcript: needed for task.kind: transcription; it says how its "
                "outputs are read as text"
            )


def _require_fit(name: str, network: Network, transcript: Transcript) -> None:
    """Refuse a reading of outputs that the network does not put out."""
    generates = network.pretrained is not None and network.pretrained.generate is not None
    if generates and transcript.by == "ctc":
        raise ValueError(
            f"networks.{name}.transcript.by: ctc writes repetitions once, but "
            "pretrained.generate makes one token after another; valid: tokens, or without "
            "generate"
        )
    if transcript.by == "ctc" and network.pool is not None:
        raise ValueError(
            f"networks.{name}.pool: makes one row of the steps of a sample, of what it puts "
            "out as well, and transcript.by: ctc reads each step; leave one of them out"
        )
    if transcript.beams is not None and not generates:
        raise ValueError(
            f"networks.{name}.transcript.beams: of a network that generates; give "
            "pretrained.generate, or leave it out"
        )


def _require_column(name: str, transcript: Transcript, columns: Sequence[str]) -> None:
    """Refuse a column of texts that the samples do not have."""
    if transcript.column is not None and transcript.column not in columns:
        raise ValueError(
            f"networks.{name}.transcript.column: {transcript.column!r} is none of inputs.texts; "
            f"{nearest(transcript.column, columns)}"
        )
