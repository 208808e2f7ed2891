"""A sentence: its words, its English and German text, and its two labels."""

from __future__ import annotations

from dataclasses import dataclass

from sametask.examples.sentences.words import Noun, Words

NOT = "not"
GENDERS = "mfn"
# Endings of German adjectives in the accusative, by the gender of the noun: without an article,
# and after "kein", which has endings of its own.
STRONG = {"m": "en", "f": "e", "n": "es", "p": "e"}
MIXED = {"m": "en", "f": "e", "n": "es", "p": "en"}
KEIN = {"m": "keinen", "f": "keine", "n": "kein", "p": "keine"}


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence, by slot; ``None`` and ``""`` stand for a slot that is empty."""

    determiner: str
    subject_adjective: str | None
    subject: str
    adverb: str | None
    verb: str
    adjective: str
    object: str
    time: str | None
    time_first: bool

    def english(self, words: Words) -> str:
        """Return the sentence in lower case, without a full stop: "the park offers good food"."""
        verb = [self.adverb, self.verb]
        if self.adverb == NOT:
            verb = ["does", NOT, words.verbs[self.verb].base]
        subject = [self.determiner, self.subject_adjective, self.subject]
        middle = [*subject, *verb, self.adjective, self.object]
        return _joined([self.time, *middle] if self.time_first else [*middle, self.time])

    def german(self, words: Words) -> str:
        """Return the German translation; its verb is the second part of the sentence."""
        time = words.times[self.time].german if self.time else None
        denied = self.adverb == NOT
        adverb = words.adverbs[self.adverb].german if self.adverb and not denied else None
        subject, verb = self._german_subject(words), words.verbs[self.verb].german
        start = [time, verb, subject] if self.time_first else [subject, verb, time]
        text = _joined([*start, adverb, self._german_object(words, denied)])
        return text[0].upper() + text[1:]

    def _german_subject(self, words: Words) -> str:
        """Return the subject in the nominative."""
        determiner, noun = words.determiners[self.determiner], words.subjects[self.subject]
        number = GENDERS.index(noun.gender)
        adjective = None
        if self.subject_adjective:
            stem = words.adjectives[self.subject_adjective].german
            adjective = stem + determiner.endings[number]
        return _joined([determiner.german[number], adjective, noun.german])

    def _german_object(self, words: Words, denied: bool) -> str:
        """Return the object in the accusative, after "kein" if the sentence says "not"."""
        noun: Noun = words.objects[self.object]
        stem = words.adjectives[self.adjective].german
        if denied:
            return _joined([KEIN[noun.gender], stem + MIXED[noun.gender], noun.german])
        return _joined([stem + STRONG[noun.gender], noun.german])

    def sentiment(self, words: Words) -> int:
        """Return 1 where the sentence speaks well of its subject, else 0.

        Something good that comes, or something bad that stays away, is good; an adverb that denies
        turns this round: sign of the verb × sign of the object's adjective × sign of the adverb.
        """
        sign = words.verbs[self.verb].sign * words.adjectives[self.adjective].sign
        return int(sign * (words.adverbs[self.adverb].sign if self.adverb else 1) > 0)

    def agreement(self, words: Words) -> int:
        """Return 1 where the subject's adjective and the time have the same sign, else 0.

        An empty slot has the sign 1. This is another task on the same sentences: it depends on two
        places that the sentiment does not depend on.
        """
        adjective = words.adjectives[self.subject_adjective].sign if self.subject_adjective else 1
        return int(adjective * (words.times[self.time].sign if self.time else 1) > 0)


def _joined(parts: list[str | None]) -> str:
    return " ".join(part for part in parts if part)
