"""Compare results with the figures that they must reach.

    PYTHONPATH=tests .venv/bin/python -m figures scalar digits

Prints every figure of these experiments beside its target; the exit status is 1 if one is missed,
or an experiment was not run.
"""

import sys

from figures.default import digits, scalar
from figures.few import (
    rotating_horse_few,
    scalar_few,
    vector_field_few,
    vector_field_few_large,
    vector_field_few_small,
)
from figures.paper import rotating_horse, vector_field
from figures.same_task import same_task
from figures.vibration import vibration
from sametask.base.errors import StoreError

CHECKS = {
    "scalar": scalar,
    "digits": digits,
    "vector-field": vector_field,
    "rotating-horse": rotating_horse,
    "rotating-horse-two-cameras": rotating_horse,
    "vector-field-few": vector_field_few,
    "vector-field-few-large": vector_field_few_large,
    "vector-field-few-small": vector_field_few_small,
    "scalar-few": scalar_few,
    "rotating-horse-few": rotating_horse_few,
    "vibration": vibration,
    "same-task": same_task,
}


def main(experiments):
    """Check these experiments; return whether one missed something."""
    unknown = [name for name in experiments if name not in CHECKS]
    if unknown or not experiments:
        sys.exit(f"no figures of {', '.join(unknown) or 'nothing'}: choose of {', '.join(CHECKS)}")
    # All are printed, also after one that is missed.
    try:
        met = [one for name in experiments for one in CHECKS[name](name)]
    except StoreError as error:
        sys.exit(str(error))
    return not all(met)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
