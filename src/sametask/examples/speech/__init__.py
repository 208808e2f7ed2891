"""Sentences of the grammar spoken by the voices of espeak-ng."""

from sametask.examples.speech.corpus import data_set
from sametask.examples.speech.speaking import Speaker, speaker

__all__ = ["Speaker", "data_set", "speaker"]
