"""The figures of speech: words of stitched networks, and the sentiment of sounds."""

from figures import DIRECTIONS, Figure, evaluated, read

PAIR, SENTIMENT = "english-german", "english-sentiment"
ERROR_RATE = 0.03
# To English, ten times the pairs give 0.978 (benchmarks/speech_ceiling.py): 0.98 is out of reach.
AGREEMENT = {"a_to_b": 0.98, "b_to_a": 0.96}
# Networks that were trained for less.
SMALL = {"a_to_b": 0.8, "b_to_a": 0.6}
# Not maps to hand over: ablations of the intrinsic route.
ABLATIONS = ("intrinsic_identity", "intrinsic_random", "intrinsic_euclidean", "thesis")


def _best(maps, direction, figure):
    """The map that is the best in a direction by a figure."""
    names = [name for name in maps if name not in ABLATIONS]
    return max(names, key=lambda name: maps[name][direction].get(figure, 0.0))


def error_rates(experiment, pair, limit):
    """Check how often the networks themselves are wrong, on held-out sentences and voices."""
    for network in evaluated(experiment, pair)["networks"].values():
        if "word_error_rate" in network["task"]:
            what = f"{experiment} {network['name']}: word error rate"
            yield Figure(what, network["task"]["word_error_rate"], limit)


def past_layers(experiment, pair):
    """Check that nothing goes past the layers of a target."""
    for network in evaluated(experiment, pair)["networks"].values():
        what = f"{experiment} {network['name']}: part that goes past its layer"
        yield Figure(what, network["own_layers"]["past_layer"], 1e-6)


def words(experiment, agreement, beams=True):
    """Check the words of the best map of each direction, greedily and by beams."""
    maps = evaluated(experiment, PAIR)["maps"]
    for direction in DIRECTIONS:
        best = _best(maps, direction, "word_agreement")
        found, what = maps[best][direction], f"{experiment} {direction}: best ({best})"
        limit = agreement[direction]
        yield Figure(f"{what} words", found["word_agreement"], limit, at_most=False)
        if beams and "word_agreement_beams" in found:
            searched = found["word_agreement_beams"]
            yield Figure(f"{what} words by beams", searched, limit, at_most=False)


def all_words(experiment):
    """Yield a line of text for each map: word agreement with its interval, both ways."""
    for name, ways in evaluated(experiment, PAIR)["maps"].items():
        shown = (
            f"{found['word_agreement']:.3f} ({found['word_agreement_low']:.3f} to "
            f"{found['word_agreement_high']:.3f})"
            for found in (ways[direction] for direction in DIRECTIONS)
        )
        yield f"{experiment} {name:<20} words {', '.join(shown)}"


def same_task(experiment):
    """Check that the layers and the words of each network hold the other's task."""
    task = read(experiment, PAIR, "verdict.json")["task"]
    for direction in DIRECTIONS:
        for place in ("layer", "answers"):
            found = task[direction][place]
            what = f"{experiment} {direction}: task share, {place}"
            yield Figure(what, found["share"][1], found["limit"], at_most=False)


def relations(experiment, pair):
    """Say what the verdicts are."""
    verdict = read(experiment, pair, "verdict.json")
    task, layers = verdict["task"]["relation"], verdict["relation"]
    yield f"{experiment}: the task is {task}, the layers are {layers}"


def speech(first, encoder, cut):
    """Check the first layers; show what encoders put out, and what the thesis chose."""
    yield from error_rates(first, PAIR, ERROR_RATE)
    yield from words(first, AGREEMENT)
    yield from past_layers(first, PAIR)
    yield from same_task(first)
    for experiment in (first, encoder, cut):
        yield from relations(experiment, PAIR)
        yield from all_words(experiment)


def speech_small(experiment):
    """Check the small size: what networks that were trained for less can show."""
    yield from words(experiment, SMALL, beams=False)
    yield from past_layers(experiment, PAIR)
    yield from same_task(experiment)
    yield from relations(experiment, PAIR)
    yield from all_words(experiment)


def speech_sentiment(experiment, agreement=0.95, kappa=0.9):
    """Check the sentiment of sounds beside that of the true transcripts."""
    maps = evaluated(experiment, SENTIMENT)["maps"]
    best = _best(maps, "a_to_b", "kappa")
    found, what = maps[best]["a_to_b"], f"{experiment}: best ({best})"
    yield Figure(f"{what} agreement", found["agreement"], agreement, at_most=False)
    yield Figure(f"{what} κ", found["kappa"], kappa, at_most=False)
    yield from past_layers(experiment, SENTIMENT)
    yield from relations(experiment, SENTIMENT)
    for name, ways in maps.items():
        forth = ways["a_to_b"]
        yield (
            f"{experiment} {name:<20} agreement {forth['agreement']:.3f} "
            f"(κ {forth.get('kappa', 0):.3f})"
        )


def speech_sentiment_small(experiment):
    """Check the small size."""
    yield from speech_sentiment(experiment, agreement=0.75, kappa=0.5)
