"""The figures of distillation: students with a transformed prior beside those without one."""

from figures import Figure, read

# Of the parameters of the teacher, and of the paired tests.
SMALLER, SIGNIFICANT = 1 / 3, 0.05
# Nothing is chosen in either of these arms.
AS_THEY_ARE = ("transformed-1", "isotropic-1")


def distillation(ensemble):
    """Check that the transformed prior beats N(0, I) at every number of rows."""
    found = read("ensembles", ensemble, "distillation.json")
    share = found["student"]["parameters"] / found["teacher"]["parameters"]
    yield Figure(f"{ensemble}: parameters of the student, share", share, SMALLER)
    for one in found["compared"]:
        if (one["arm"], one["against"]) == AS_THEY_ARE:
            yield from _beaten(ensemble, found["rows"], one)
        else:
            yield from _lines(ensemble, found["rows"], one)
    yield from _scores(ensemble, found)


def _beaten(ensemble, rows, one):
    """Yield the difference, which must be below 0, and the larger of both p-values."""
    for place, count in enumerate(rows):
        what = f"{ensemble}: transformed less N(0, I), {count} rows"
        yield Figure(f"{what}, nats", one["high"][place], 0)
        p = max(one["p_t"][place], one["p_wilcoxon"][place])
        yield Figure(f"{what}, p", p, SIGNIFICANT)


def _lines(ensemble, rows, one):
    for place, count in enumerate(rows):
        yield (
            f"{ensemble}: {one['arm']} less {one['against']}, {count} rows: "
            f"{one['difference'][place]:.3f} ({one['low'][place]:.3f} to {one['high'][place]:.3f}) "
            f"nats, p {one['p_t'][place]:.2g} (t), {one['p_wilcoxon'][place]:.2g} (Wilcoxon)"
        )


def _scores(ensemble, found):
    """Yield the mean scores of every arm at each number of rows."""
    for arm, scores in found["arms"].items():
        for name in ("nll", "accuracy", "calibration"):
            means = [f"{sum(row) / len(row):.3f}" for row in scores[name]]
            yield f"{ensemble}: {arm}, {name} at {found['rows']} rows: {' '.join(means)}"
