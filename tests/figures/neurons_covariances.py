"""The figures of estimators of covariances, on linear data whose truth is known."""

from figures import Figure, read

ERROR, LEAST, MOST = 0.15, 0.93, 0.97
# They leave covariances out, so that no target is theirs.
PARTIAL = ("bayes-diagonal", "bayes-low-rank", "bayes-block-diagonal")


def covariances(ensemble):
    """Check the relative error and the coverage of every estimator that has all covariances."""
    found = read("ensembles", ensemble, "truth.json")
    for name, one in found["estimators"].items():
        share = one["coverage"]
        if name in PARTIAL:
            yield (
                f"{ensemble}: {name}, relative error {one['error']:.3f}, coverage "
                f"{share['estimate']:.3f} ({share['low']:.3f} to {share['high']:.3f})"
            )
            continue
        yield Figure(f"{ensemble}: relative error, {name}", one["error"], ERROR)
        for target, at_most in ((LEAST, False), (MOST, True)):
            what = f"{ensemble}: coverage of 95 % ellipsoids, {name}"
            yield Figure(what, share["estimate"], target, at_most=at_most)
