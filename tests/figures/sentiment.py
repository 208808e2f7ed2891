"""The figures of the sentiment of sentences: by words, by substituted words, and by cutting."""

from figures import DIRECTIONS, Figure, evaluated, read
from figures.default import learned

PAIR = "xlnet-roberta"
OTHERS = ("xlnet-other", "roberta-other")
AGREEMENT, KAPPA = 0.98, 0.95
# Not maps to hand over: ablations of the intrinsic route.
ABLATIONS = ("intrinsic_identity", "intrinsic_random", "intrinsic_euclidean", "thesis")


def _kappa(maps, name, direction):
    return maps[name][direction].get("kappa", 0.0)


def all_maps(experiment):
    """Yield a line of text for each map: agreement and κ, both ways."""
    maps = evaluated(experiment, PAIR)["maps"]
    for name in maps:
        ways = (
            f"{maps[name][way]['agreement']:.3f} (κ {_kappa(maps, name, way):.3f})"
            for way in DIRECTIONS
        )
        yield f"{experiment} {name:<20} agreement {', '.join(ways)}"


def best_maps(experiment, agreement=AGREEMENT, kappa=KAPPA):
    """Check the map with the highest κ of each direction; the intrinsic route stands beside it."""
    maps = evaluated(experiment, PAIR)["maps"]
    names = [name for name in maps if name not in ABLATIONS]
    for direction in DIRECTIONS:
        best = max(names, key=lambda name: _kappa(maps, name, direction))
        found, what = maps[best][direction], f"{experiment} {direction}: best ({best})"
        yield Figure(f"{what} agreement", found["agreement"], agreement, at_most=False)
        yield Figure(f"{what} κ", _kappa(maps, best, direction), kappa, at_most=False)


def past_layers(experiment):
    """Check that nothing goes past the layers of the target."""
    for network in evaluated(experiment, PAIR)["networks"].values():
        what = f"{experiment} {network['name']}: part that goes past its layer"
        yield Figure(what, network["own_layers"]["past_layer"], 1e-6)


def sentiment(inside, substituted, cut):
    """Check both kinds of perturbations, and show what the choices of the thesis give."""
    for experiment in (inside, substituted):
        yield from best_maps(experiment)
        yield from past_layers(experiment)
        yield from learned(experiment, PAIR, ("same_task",))
    for pair in OTHERS:
        yield from learned(inside, pair, ("other_task",))
    for experiment in (inside, substituted, cut):
        relation = read(experiment, PAIR, "verdict.json")["relation"]
        yield f"{experiment}: the layers are {relation}"
        yield from all_maps(experiment)


def sentiment_small(experiment):
    """Check the small size: what networks that were trained for less can show."""
    yield from best_maps(experiment, agreement=0.9, kappa=0.8)
    yield from past_layers(experiment)
    yield from learned(experiment, PAIR, ("same_task",))
    yield from all_maps(experiment)
