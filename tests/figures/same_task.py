"""The figures of the same-task benchmark: who finds which networks solve the same task."""

from figures import Figure, read


def same_task(experiment):
    """Check the held-out half of the benchmark: its verdicts, and its matches."""
    yield from verdicts(read(experiment, "benchmark.json"))
    yield from matching(read(experiment, "matching.json"))


def verdicts(found):
    """Check relations, and the area under the ROC curve beside those of the peers."""
    held_out = found["halves"]["held_out"]
    yield Figure("pairs in both halves", sum(map(len, found["pairs"].values())), 200, at_most=False)
    for kind, figures in held_out.items():
        right, called = figures["right"], figures["false_equivalent"]
        yield Figure(f"{kind}: relations right", right["count"] / right["of"], 0.98, at_most=False)
        wrongly = f"{kind}: others called equivalent"
        if kind == "all":
            yield Figure(wrongly, called["count"] / called["of"], 0.01)
        else:
            # Too few pairs of one kind to resolve one per cent: said, not judged.
            yield f"{wrongly:<48} {called['count']} of {called['of']}"
        (_, own), *peers = ((name, area[1]) for name, area in figures["area"].items())
        yield Figure(f"{kind}: area under the ROC curve", own, 0.99, at_most=False)
        name, best = max(peers, key=lambda peer: peer[1])
        yield Figure(f"{kind}: area of the best peer, {name}", best, own)
    for row in found["wrong"]:
        found_instead = f"{row['relation']}, not {row['truth']}"
        yield f"wrong, {row['half']}: {row['a']}, {row['b']}: {found_instead}: {row['why']}"


def matching(found):
    """Check on the held-out half that matches of what is not the same are not found."""
    held_out = found["halves"]["held_out"]
    for key, what in (("not_found", "others"), ("not_found_equal_ranks", "others of equal ranks")):
        one = held_out[key]
        low, high = one["interval"]
        yield f"{what} not found: {one['count']} of {one['of']} [{low:.3f}, {high:.3f}]"
    one = held_out["not_found"]
    yield Figure("others not found >= 95 %", one["count"] / one["of"], 0.95, at_most=False)
    one = held_out["found_right"]
    yield f"{'found matches that are right':<48} {one['count']} of {one['of']}"
    for name, one in held_out["recall"].items():
        yield f"{f'{name}: equivalent pairs found':<48} {one['count']} of {one['of']}"
    for name, fitted in found["calibration"]["fitted"].items():
        stored = found["calibration"]["stored"][name]
        # Two digits are kept of s, and one of q.
        yield Figure(f"stored {name} {stored:g}: off the fitted", abs(stored / fitted - 1), 0.1)
    calibration = found["calibration"]
    for end in ("low", "high"):
        ends = zip(calibration["stored_interval"][end], calibration["interval"][end], strict=True)
        off = max(abs(stored - fitted) for stored, fitted in ends)
        yield Figure(f"stored interval, {end}: off the bootstrap's", off, 0.05)
