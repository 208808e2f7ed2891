"""English sentences with German translations, and two labels that single words do not give away."""

from sametask.examples.sentences.drawing import SPLITS, draw_sentences, held_out_pairs
from sametask.examples.sentences.grammar import Sentence
from sametask.examples.sentences.substitution import substitute
from sametask.examples.sentences.tables import data_set
from sametask.examples.sentences.words import Words, read_words

__all__ = [
    "SPLITS",
    "Sentence",
    "Words",
    "data_set",
    "draw_sentences",
    "held_out_pairs",
    "read_words",
    "substitute",
]
