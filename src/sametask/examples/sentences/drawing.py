"""Draw distinct sentences with balanced labels.

Sentences of the split ``test`` have combinations of words that no other split has.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from sametask.base.errors import ConfigError, nearest
from sametask.base.randomness import generator
from sametask.examples.sentences.grammar import Sentence
from sametask.examples.sentences.words import Words, of_sign

SPLITS = ("train", "validation", "fit", "test")
# One of so many pairs of a verb and an adjective is kept for the test sentences.
HELD = 3
# Of the slots that may be empty, if an empty one has the same sign as the words of it.
EMPTY = 0.5
# Signs of the verbs in the training sentences. Where both are as frequent, the sentiment is a
# parity of three, in which not even a pair of words gives a hint, and small networks do not learn
# it.
TAUGHT = (1, 1, 1, -1)
# Words of the shortest sentence: determiner, subject, verb, adjective, object.
ALWAYS = 5
# Draws of a sentence until it is a new one.
TRIES = 1000
Pair = tuple[str, str]


def held_out_pairs(words: Words, seed: int) -> set[Pair]:
    """Return the pairs of a verb and an object's adjective that only test sentences have.

    A third of all: with v and a the places of the words in a random order of those of one sign, a
    pair is held out if v + a is a multiple of 3. So every word is in both parts, and every
    combination of signs has the same fraction of its pairs held out.
    """
    random, held = generator(seed, "held-out pairs"), set()
    for verb_sign, adjective_sign in itertools.product((1, -1), repeat=2):
        verbs = random.permutation(of_sign(words.verbs, verb_sign)).tolist()
        adjectives = random.permutation(of_sign(words.adjectives, adjective_sign)).tolist()
        held |= {
            (verb, adjective)
            for v, verb in enumerate(verbs)
            for a, adjective in enumerate(adjectives)
            if (v + a) % HELD == 0
        }
    return held


def draw_sentences(
    words: Words, counts: Mapping[str, int], seed: int, longest: int | None = None
) -> dict[str, list[Sentence]]:
    """Return ``counts`` sentences for each split; no two are equal, in whatever splits.

    Each sentence of ``test`` has one of the pairs of ``held_out_pairs``, and no other sentence has.
    The five signs (adverb, verb, object's adjective, subject's adjective, time) take all
    combinations in turn, so that both labels are balanced and independent of each other; in
    ``train``, three of four verbs have the sign 1. If sentences have at most ``longest`` words,
    combinations that need more are left out: the first label stays balanced, the second need not.
    Raises ``ConfigError`` for an unknown split, and if the words do not make so many sentences.
    """
    for split in counts:
        if split not in SPLITS:
            raise ConfigError(f"sentences: unknown split {split!r}; {nearest(split, SPLITS)}")
    held = held_out_pairs(words, seed)
    seen: set[str] = set()
    drawn = {}
    for split, count in counts.items():
        random = generator(seed, f"sentences {split}")
        distinct = _distinct(words, held, split, random, seen, longest)
        sentences = list(itertools.islice(distinct, count))
        drawn[split] = [sentences[place] for place in random.permutation(count)]
    return drawn


def _distinct(
    words: Words,
    held: set[Pair],
    split: str,
    random: np.random.Generator,
    seen: set[str],
    longest: int | None,
) -> Iterator[Sentence]:
    """Yield sentences of a split that were not seen before, their signs in turn."""
    for signs in itertools.cycle(_signs(words, split, longest)):
        for _ in range(TRIES):
            sentence = _draw(words, signs, random)
            pair = sentence.verb, sentence.adjective
            text = sentence.english(words)
            short = longest is None or len(text.split()) <= longest
            if (pair in held) == (split == "test") and text not in seen and short:
                break
        else:
            raise ConfigError(f"sentences: {split}: the words do not make so many; ask for fewer")
        seen.add(text)
        yield sentence


def _signs(words: Words, split: str, longest: int | None) -> list[tuple[int, ...]]:
    """Return the signs of the sentences of a split: those that ``longest`` words can have."""
    both = (1, -1)
    every: list[tuple[int, ...]] = list(
        itertools.product(both, TAUGHT if split == "train" else both, both, both, both)
    )
    if longest is None:
        return every
    possible = [signs for signs in every if _fewest(words, signs) <= longest]
    if not possible:
        raise ConfigError(f"longest: {longest} words; a sentence has at least {ALWAYS}")
    return possible


def _fewest(words: Words, signs: tuple[int, ...]) -> int:
    """Return the fewest words of a sentence with these signs: a slot of sign -1 is not empty."""
    adverb, _, _, subject_adjective, time = signs
    slots = (words.adverbs, adverb), (words.adjectives, subject_adjective), (words.times, time)
    filled = [of_sign(slot, sign) for slot, sign in slots if sign < 0]
    return ALWAYS + sum(min(len(name.split()) for name in names) for names in filled)


def _draw(words: Words, signs: tuple[int, ...], random: np.random.Generator) -> Sentence:
    """Return a random sentence whose words have these signs."""

    def chosen(slot: Mapping, sign: int | None = None, empty: float = 0.0) -> str | None:
        if sign == 1 and random.random() < empty:
            return None
        names = of_sign(slot, sign) if sign else list(slot)
        return names[int(random.integers(len(names)))]

    adverb, verb, adjective, subject_adjective, time = signs
    chosen_time = chosen(words.times, time, EMPTY)
    return Sentence(
        determiner=str(chosen(words.determiners)),
        subject_adjective=chosen(words.adjectives, subject_adjective, EMPTY),
        subject=str(chosen(words.subjects)),
        adverb=chosen(words.adverbs, adverb, EMPTY),
        verb=str(chosen(words.verbs, verb)),
        adjective=str(chosen(words.adjectives, adjective)),
        object=str(chosen(words.objects)),
        time=chosen_time,
        time_first=chosen_time is not None and bool(random.random() < 0.5),
    )
