"""The figures of the same-task benchmark: who finds which networks solve the same task."""

from dataclasses import dataclass

from figures import Figure, read


@dataclass(frozen=True)
class Limits:
    """What a size of the benchmark must reach; shares are of the pairs of held-out networks."""

    pairs: int
    right: float
    called_equivalent: float
    area: float
    not_found: float
    # Traps of both halves; of the held-out half, how many are right and are called equivalent.
    traps: int
    traps_right: float
    traps_called_equivalent: float
    # Whether enough pairs are matched to fit the constants of the confidence to them.
    calibrates: bool


LIMITS = {
    "same-task": Limits(200, 0.99, 0.01, 0.99, 0.95, 100, 0.93, 0.03, calibrates=True),
    # From 60 held-out pairs a share cannot be told to one per cent; one wrong pair is 1.7 %.
    "same-task-small": Limits(100, 0.9, 0.05, 0.95, 0.9, 36, 0.8, 0.2, calibrates=False),
}


def same_task(experiment):
    """Check the held-out half of the benchmark: its verdicts, and its matches."""
    limits = LIMITS[experiment]
    yield from verdicts(read(experiment, "benchmark.json"), limits)
    yield from trapped(read(experiment, "benchmark.json")["traps"], limits)
    found = read(experiment, "matching.json")
    yield from matching(found["halves"]["held_out"], limits)
    if limits.calibrates:
        yield from calibration(found["calibration"])


def verdicts(found, limits):
    """Check relations, and the area under the ROC curve beside those of the peers."""
    held_out = found["halves"]["held_out"]
    yield Figure(
        "pairs in both halves", sum(map(len, found["pairs"].values())), limits.pairs, False
    )
    for kind, figures in held_out.items():
        right, called = figures["right"], figures["false_equivalent"]
        yield Figure(f"{kind}: relations right", right["count"] / right["of"], limits.right, False)
        wrongly = f"{kind}: others called equivalent"
        if kind == "all":
            yield Figure(wrongly, called["count"] / called["of"], limits.called_equivalent)
        else:
            # Too few pairs of one kind to resolve one per cent: said, not judged.
            yield f"{wrongly:<48} {called['count']} of {called['of']}"
        (_, own), *peers = ((name, area[1]) for name, area in figures["area"].items())
        yield Figure(f"{kind}: area under the ROC curve", own, limits.area, at_most=False)
        name, best = max(peers, key=lambda peer: peer[1])
        yield Figure(f"{kind}: area of the best peer, {name}", best, own)
    for row in found["wrong"]:
        found_instead = f"{row['relation']}, not {row['truth']}"
        yield f"wrong, {row['half']}: {row['a']}, {row['b']}: {found_instead}: {row['why']}"


def trapped(traps, limits):
    """Check the traps of the held-out half; every kind, and those that are wrong, are said."""
    yield Figure(
        "traps in both halves", sum(map(len, traps["pairs"].values())), limits.traps, False
    )
    for half, kinds in traps["halves"].items():
        for kind, figures in kinds.items():
            right, called = figures["right"], figures["false_equivalent"]
            if (half, kind) == ("held_out", "all"):
                yield Figure("traps right", right["count"] / right["of"], limits.traps_right, False)
                share = called["count"] / called["of"]
                yield Figure("traps called equivalent", share, limits.traps_called_equivalent)
            yield (
                f"{half}, {kind}: {right['count']} of {right['of']} right, "
                f"{called['count']} of {called['of']} others called equivalent"
            )
    for row in traps["wrong"]:
        yield f"wrong: {row['name']}: {row['relation']}, not {row['truth']}: {row['why']}"


def matching(held_out, limits):
    """Check that matches of what is not the same are not found."""
    for key, what in (("not_found", "others"), ("not_found_equal_ranks", "others of equal ranks")):
        share = held_out[key]
        low, high = share["interval"]
        yield f"{what} not found: {share['count']} of {share['of']} [{low:.3f}, {high:.3f}]"
    share = held_out["not_found"]
    yield Figure("others not found", share["count"] / share["of"], limits.not_found, at_most=False)
    share = held_out["found_right"]
    yield f"{'found matches that are right':<48} {share['count']} of {share['of']}"
    for name, share in held_out["recall"].items():
        yield f"{f'{name}: equivalent pairs found':<48} {share['count']} of {share['of']}"


def calibration(found):
    """Check that the stored constants of the confidence are those that these pairs would give."""
    for name, fitted in found["fitted"].items():
        stored = found["stored"][name]
        # Two digits are kept of s, and one of q.
        yield Figure(f"stored {name} {stored:g}: off the fitted", abs(stored / fitted - 1), 0.1)
    for end in ("low", "high"):
        ends = zip(found["stored_interval"][end], found["interval"][end], strict=True)
        off = max(abs(stored - fitted) for stored, fitted in ends)
        yield Figure(f"stored interval, {end}: off the bootstrap's", off, 0.05)
