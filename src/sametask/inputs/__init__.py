"""Inputs: the domain or data set they come from, samples, and their neighbourhoods."""

from sametask.inputs.neighbourhoods import neighbourhoods
from sametask.inputs.samples import Draw, draw_samples, evaluate_target, training_data
from sametask.inputs.views import require_closed, see

__all__ = [
    "Draw",
    "draw_samples",
    "evaluate_target",
    "neighbourhoods",
    "require_closed",
    "see",
    "training_data",
]
