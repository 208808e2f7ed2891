"""The data sets of the task zoo: what all networks see, and which rows they are trained on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from sklearn import datasets
from torch import Tensor

from sametask.base.randomness import generator
from sametask.benchmark.tasks import INPUTS

# The part of the rows that networks are trained on; the others are held out.
TRAINED = 2 / 3
# Inputs that are drawn for the tasks of four inputs.
DRAWN = 900
FOUR_INPUTS = "four inputs"
LOADERS = {
    "digits": datasets.load_digits,
    "breast cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "iris": datasets.load_iris,
    "diabetes": datasets.load_diabetes,
}
NAMES = (*LOADERS, FOUR_INPUTS)
# Data sets whose inputs are square images.
IMAGES = ("digits",)


# Two data sets are equal only if they are one object: tensors cannot be compared in a word.
@dataclass(frozen=True, eq=False)
class DataSet:
    """Inputs (N, d) as all networks see them, what is known of each row, and the parts of the rows.

    ``labels`` (N,) are classes, or the measured target of ``diabetes``; ``None`` where targets
    are functions of the inputs. No network is trained on the rows ``held_out``.
    """

    name: str
    inputs: Tensor
    labels: Tensor | None
    trained: Tensor
    held_out: Tensor

    @property
    def classifies(self) -> bool:
        """Whether the tasks of this data set are to tell classes apart."""
        return self.labels is not None and not self.labels.is_floating_point()

    @property
    def classes(self) -> int:
        """The number of classes of the labels."""
        assert self.labels is not None
        return int(self.labels.max()) + 1


def _standardised(inputs: Tensor, trained: Tensor, image: bool) -> Tensor:
    """Return inputs of mean 0 and variance 1 over the trained rows; pixels share one scale."""
    known = inputs[trained]
    spread = (known - known.mean(dim=0)).std() if image else known.std(dim=0)
    return (inputs - known.mean(dim=0)) / spread


def load(name: str, seed: int) -> DataSet:
    """Return a data set, its rows divided at random into those to train on and those held out."""
    draw = generator(seed, f"task zoo rows {name}")
    labels = None
    if name == FOUR_INPUTS:
        inputs = torch.from_numpy(draw.uniform(-1, 1, (DRAWN, INPUTS)))
    else:
        loaded = LOADERS[name]()
        inputs = torch.from_numpy(loaded.data).double()
        labels = torch.from_numpy(loaded.target)
    order = torch.from_numpy(draw.permutation(len(inputs)))
    cut = round(TRAINED * len(inputs))
    trained, held_out = order[:cut], order[cut:]
    if name != FOUR_INPUTS:
        inputs = _standardised(inputs, trained, name in IMAGES)
    return DataSet(name, inputs, labels, trained, held_out)
