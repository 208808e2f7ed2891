"""Inputs: the domain or data set that they come from, samples, and their perturbations."""

from sametask.inputs.examined import describe_equal_rows, equal_rows, examine, write_equal
from sametask.inputs.own_samples import draw_own, draw_shared
from sametask.inputs.perturbations import perturb, seen_perturbed
from sametask.inputs.samples import Draw, draw_samples, evaluate_target
from sametask.inputs.stored_samples import read_draws, write_draws
from sametask.inputs.training import Blocks, training_data
from sametask.inputs.views import require_closed, see

__all__ = [
    "Blocks",
    "Draw",
    "describe_equal_rows",
    "draw_own",
    "draw_samples",
    "draw_shared",
    "equal_rows",
    "evaluate_target",
    "examine",
    "perturb",
    "read_draws",
    "require_closed",
    "see",
    "seen_perturbed",
    "training_data",
    "write_draws",
    "write_equal",
]
