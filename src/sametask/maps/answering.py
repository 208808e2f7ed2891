"""A stitched network that answers for samples as they are: sounds or texts, not what views make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.extract import to_network
from sametask.activations.ranges import exist
from sametask.base.errors import DataError, quoted, reason
from sametask.base.references import resolve
from sametask.inputs.fields import POSITIONS, blank, join_fields
from sametask.inputs.sounds import encode_sounds
from sametask.inputs.texts import encode, read_tokeniser, tokenise
from sametask.maps.stitching import StitchedNetwork
from sametask.networks.given import Given
from sametask.networks.transcripts import transcriber_of

TOKENISE = "sametask.inputs.texts:tokenise"


@dataclass(frozen=True)
class View:
    """What a network is given of samples: a function of this library, and its arguments."""

    function: str
    arguments: Mapping[str, Any]

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Return records (n,) of what a network is given.

        Raises ``DataError`` for arguments with which the function of the view does not work.
        """
        try:
            return join_fields(resolve(self.function)(samples, **self.arguments))
        except (TypeError, ValueError) as error:
            raise DataError(f"view {self.function}: {reason(error)}") from error

    @cached_property
    def word(self) -> str:
        """A word that the tokeniser makes a single token of; ``DataError`` if there is none."""
        reads = read_tokeniser(self.arguments["tokeniser"], self.arguments.get("revision"))
        for token in sorted(reads.get_vocab()):
            text = reads.convert_tokens_to_string([token]).strip()
            made = reads(f"{text} {text}", add_special_tokens=False)["input_ids"]
            if text.isalpha() and len(made) == 2:
                return text
        raise DataError(f"{self.arguments['tokeniser']}: no word is a single token")

    def blank_words(self, counts: Tensor) -> np.ndarray:
        """Return inputs without content for texts of so many positions (n,), words and special.

        Nothing is known of a text but how many words it has: each stands for a single token.
        """
        special = len(self.arguments.get("special", ("first", "last")))
        words = (counts - special).tolist()
        if min(words) < 1:
            most = self.arguments["positions"] - special
            raise DataError(
                f"no words are heard in sound {words.index(min(words))}, or more than {most}; give "
                f"clips of 1 to {most} words"
            )
        texts = encode([" ".join([self.word] * count) for count in words])
        arguments = {key: value for key, value in self.arguments.items() if key != "column"}
        return blank(join_fields(tokenise(texts, **arguments)))


class AnsweringNetwork(nn.Module):
    """The answers of a target network to samples that only the source network is given.

    ``source`` and ``target`` are the views of both. The target gets inputs without content: of
    texts with as many words as the source finds, of sounds as long as those of the source. ``rate``
    is how many numbers a second sounds have, ``classes`` are the names of what is answered, and
    ``transcript`` says how answers are read as text, if they are.
    """

    def __init__(
        self,
        stitched: StitchedNetwork,
        source: View,
        target: View,
        rate: int | None = None,
        classes: tuple[str, ...] = (),
        transcript: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.stitched, self.source, self.target = stitched, source, target
        self.rate, self.classes, self.transcript = rate, classes, transcript

    @torch.no_grad()
    def forward(self, samples: np.ndarray) -> Tensor:
        """Return the target's outputs (n, …) for samples (n, …), such as rows of sound.

        Raises ``DataError`` for no sample, and for what is no array of samples.
        """
        if not isinstance(samples, np.ndarray) or not samples.ndim or not samples.size:
            raise DataError(
                f"samples: {quoted(samples)} is no array of samples (n, …) with at least one; make "
                "it by sametask.inputs.sounds.encode_sounds"
            )
        seen = to_network(self.stitched.source, self.source(samples))
        given = to_network(self.stitched.target, self._blank(samples, seen))
        return self.stitched(seen, given)

    def _blank(self, samples: np.ndarray, seen: Given) -> np.ndarray:
        if self.target.function != TOKENISE:
            return blank(self.target(samples))
        if not isinstance(seen, Mapping) or POSITIONS not in seen:
            raise DataError("the source finds no words, and a text of how many words is not known")
        return self.target.blank_words(exist(seen[POSITIONS]).sum(dim=1))

    def of_sound(self, sound: np.ndarray) -> Tensor:
        """Return the outputs (1, …) for a single sound (L,), int16, of the sampling rate."""
        return self(encode_sounds([sound], len(sound)))

    def told(self, outputs: Tensor) -> list[str]:
        """Return answers in words: texts, or the names of the likeliest classes."""
        transcriber = transcriber_of(self.transcript)
        if transcriber is not None:
            if outputs.ndim != 3:
                raise DataError(f"outputs of shape {tuple(outputs.shape)} are no scores of tokens")
            return transcriber.texts(outputs.numpy())
        if outputs.ndim != 2:
            raise DataError(f"outputs of shape {tuple(outputs.shape)} are no classes")
        if len(self.classes) not in (0, outputs.shape[1]):
            raise DataError(
                f"classes: {len(self.classes)} names, but {outputs.shape[1]} classes are told apart"
            )
        shares = outputs.softmax(dim=1)
        return [
            f"{self.classes[place] if self.classes else place} ({share:.2f})"
            for share, place in zip(*(part.tolist() for part in shares.max(dim=1)), strict=True)
        ]
