"""The figures of the task zoo: how often the verdict on the task is right."""

from dataclasses import dataclass

from figures import Figure, read


@dataclass(frozen=True)
class Limits:
    """What a size of the zoo must reach, on pairs of held-out networks."""

    pairs: int
    others: int
    area: float
    right: float
    undecided: float
    false_same: float
    # Whether data sets that are left out of the calibration are judged, or only shown.
    leaves_out: bool


LIMITS = {
    "task-zoo": Limits(400, 300, 0.995, 0.97, 0.1, 0.01, leaves_out=True),
    # From 30 pairs of other tasks a share cannot be told to one per cent.
    "task-zoo-small": Limits(50, 30, 0.95, 0.85, 0.2, 0.15, leaves_out=False),
}


def task_zoo(name):
    """Check decisions, and areas under the ROC curve beside those of the peers."""
    limits, found = LIMITS[name], read(name, "benchmark.json")
    networks = sum(one["networks"] for one in found["data_sets"])
    yield Figure("networks", networks, 80, at_most=False)
    yield Figure("pairs in both halves", len(found["pairs"]), limits.pairs, at_most=False)
    held_out = found["halves"]["held_out"]
    for kind, figures in held_out.items():
        yield from decisions(kind, figures, limits)
        if kind != "all":
            yield from areas(kind, figures["area"], limits)
    if "digits" in found["data"]:
        yield Figure("digits: undecided", found["data"]["digits"]["undecided"], 0)
    false = held_out["all"]["false_same"]
    yield Figure("pairs of other tasks", false["of"], limits.others, at_most=False)
    yield Figure("  called the same: at most, with 95 %", false["at_most"], limits.false_same)
    yield from left_out(found["left_out"], limits)
    for row in found["wrong"]:
        pair = f"{row['data']}, {row['kind']}: {row['a']} | {row['b']}"
        yield f"wrong: {pair}: {row['relation']}, not {row['truth']}: {row['reason']}"


def decisions(kind, figures, limits):
    """Check how many decisions are right, and how many pairs are undecided."""
    right, undecided = figures["right"], figures["undecided"]
    yield Figure(f"{kind}: decisions right", right["count"] / right["of"], limits.right, False)
    yield Figure(f"{kind}: undecided", undecided["count"] / undecided["of"], limits.undecided)


def areas(kind, found, limits):
    """Check the area under the ROC curve of the task share, and that no peer's is larger."""
    (_, own), *peers = ((name, area[1]) for name, area in found.items())
    name, best = max(peers, key=lambda peer: peer[1])
    yield Figure(f"{kind}: area under the ROC curve", own, limits.area, at_most=False)
    yield Figure(f"{kind}: area of the best peer, {name}", best, own)


def left_out(found, limits):
    """Check decisions on data sets that the threshold was not calibrated on."""
    total = {key: sum(one["right"][key] for one in found.values()) for key in ("count", "of")}
    for name, one in found.items():
        right, own = one["right"], next(iter(one["area"].values()))[1]
        yield (
            f"{name} left out: {right['count']} of {right['of']} right, {one['undecided']} "
            f"undecided, {one['false_same']['count']} of {one['false_same']['of']} called the "
            f"same, area {own:.4f}, limits {one['calibration']['answers']['limit']:.2f} (answers) "
            f"and {one['calibration']['layer']['limit']:.2f} (layer)"
        )
    if limits.leaves_out:
        share = total["count"] / total["of"]
        yield Figure("left out: decisions right", share, limits.right, at_most=False)
        least = min(next(iter(one["area"].values()))[1] for one in found.values())
        yield Figure("left out: smallest area", least, limits.area, at_most=False)
