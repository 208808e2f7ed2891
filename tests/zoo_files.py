"""Files of zoos of networks in the formats of those who trained them, with a few networks."""

import csv
import gzip
import sys
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PosixPath
from types import ModuleType

import numpy as np
import torch

STEPS = (0, 1, 2, 3, 20, 40, 60, 80, 86)
# Name, start, end and shape of every variable of the small CNN zoo.
LAYOUT = [
    ("sequential/conv2d/bias:0", 0, 16, "(16,)"),
    ("sequential/conv2d/kernel:0", 16, 160, "(3, 3, 1, 16)"),
    ("sequential/conv2d_1/bias:0", 160, 176, "(16,)"),
    ("sequential/conv2d_1/kernel:0", 176, 2480, "(3, 3, 16, 16)"),
    ("sequential/conv2d_2/bias:0", 2480, 2496, "(16,)"),
    ("sequential/conv2d_2/kernel:0", 2496, 4800, "(3, 3, 16, 16)"),
    ("sequential/dense/bias:0", 4800, 4810, "(10,)"),
    ("sequential/dense/kernel:0", 4810, 4970, "(16, 10)"),
]
# What is the same in all rows.
CONSTANT = {
    "config.b_init": "zeros", "config.dataset": "mnist", "config.dnn_architecture": "cnn",
    "config.epochs": 86, "config.epochs_between_checkpoints": 20, "config.num_layers": 3,
    "config.num_units": 16, "config.random_seed": 42,
}  # fmt: skip


@dataclass
class GoogleFiles:
    """A zoo of Google before it is written: tests change its rows, weights and layout."""

    folder: Path
    rows: list[dict]
    weights: np.ndarray
    layout: list[tuple]

    def write(self):
        """Write the three files."""
        self.folder.mkdir(exist_ok=True)
        np.save(self.folder / "weights.npy", self.weights)
        with gzip.open(self.folder / "metrics.csv.gz", "wt", newline="") as file:
            table = csv.DictWriter(file, list(self.rows[0]) if self.rows else ["step"])
            table.writeheader()
            table.writerows(self.rows)
        with (self.folder / "layout.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("varname", "start_idx", "end_idx", "shape"), *self.layout])
        return self

    def row(self, run, step):
        """The number of a checkpoint's row."""
        (found,) = (place for place, row in enumerate(self.rows)
                    if row["modeldir"] == run and row["step"] == step)  # fmt: skip
        return found


def google_files(folder, runs=8, steps=STEPS):
    """A zoo with eight columns of numbers that all differ, its rows in no order."""
    random = np.random.default_rng(0)
    rows = []
    for run in range(runs):
        own = CONSTANT | {
            "config.activation": ["relu", "tanh"][run % 2],
            "config.w_init": ["RandomNormal", "orthogonal"][run // 2 % 2],
            "config.optimizer": "sgd", "config.learning_rate": 0.001 * (run + 1),
            "config.l2reg": 1e-6 * run, "config.dropout": 0.05 * run,
            "config.train_fraction": [0.1, 1.0][run % 2], "config.init_std": 0.01 + 0.001 * run,
            "modeldir": f"/zoo/{run:04d}",
        }  # fmt: skip
        for step in steps:
            figures = {f"{part}_accuracy": random.random() for part in ("test", "train")}
            figures |= {f"{part}_loss": 3 * random.random() for part in ("test", "train")}
            rows.append({"": len(rows), **figures, **own, "step": step})
    rows = [rows[place] for place in random.permutation(len(rows))]
    weights = random.standard_normal((len(rows), 4970)).astype(np.float32)
    return GoogleFiles(folder, rows, weights, list(LAYOUT))


@contextmanager
def module_of_others(name, **classes):
    """A module that can be imported within the block only, with classes that belong to it."""
    module = ModuleType(name)
    for title, one in classes.items():
        one.__module__, one.__qualname__ = name, title
        setattr(module, title, one)
    sys.modules[name] = module
    try:
        yield module
    finally:
        del sys.modules[name]


def lab_set(runs, first, epochs=(0, 1, 2), biases=False):
    """What a data set of the lab holds: as its constructor leaves it, vectors of 16-5-4 weights."""
    random = torch.Generator().manual_seed(first)
    shapes = {"module_list.0.weight": (5, 16), "module_list.2.weight": (4, 5)}
    if biases:
        shapes = {"module_list.0.weight": (5, 16), "module_list.0.bias": (5,),
                  "module_list.2.weight": (4, 5), "module_list.2.bias": (4,)}  # fmt: skip
    paths = [
        PosixPath(f"/raid/zoo/NN_tune_trainable_{run:05d}") for run in range(first, first + runs)
    ]
    states = [
        OrderedDict((name, torch.randn(shape, generator=random)) for name, shape in shapes.items())
        for _ in range(runs * len(epochs))
    ]
    vectors = [torch.cat([part.flatten() for part in one.values()]) for one in states]
    count = len(vectors)
    of_run = [run for run in range(first, first + runs) for _ in epochs]
    return {
        "layer_lst": [(0, "fc"), (2, "fc")], "epoch_lst": list(epochs), "mode": "vector",
        "task": "reconstruction", "use_bias": biases, "verbosity": 0, "ds_split": [0.7, 0.3],
        "weight_threshold": float("inf"), "root": [PosixPath("/raid/zoo")], "path_list": paths,
        "data_in": vectors, "data_out": [vector.clone() for vector in vectors],
        "labels_in": [f"label {place}" for place in range(count)],
        "paths": [path for path in paths for _ in epochs], "epochs": list(epochs) * runs,
        "properties": {
            "test_acc": [0.25 + place / 1000 for place in range(count)],
            "training_iteration": list(epochs) * runs,
            "ggap": [0.125] * count,
            "model::nlin": [["relu", "tanh"][run % 2] for run in of_run],
            "model::init_type": [["uniform", "normal"][run // 2 % 2] for run in of_run],
            "optim::lr": [0.03] * count,
        },
        "checkpoint_base": states[0], "permutations_dct": {"layer_0": [[0, 1, 2, 3, 4]]},
    }  # fmt: skip


def write_lab(path, sets, zipped=True, **beside):
    """Save data sets as instances of the lab's class, whose module is gone when it is read."""

    class Erasing(torch.nn.Module):
        pass

    class DataSet(torch.utils.data.Dataset):
        pass

    package = "checkpoints_to_datasets"
    with (
        module_of_others(package),
        module_of_others(f"{package}.random_erasing", RandomErasingVector=Erasing),
        module_of_others(f"{package}.dataset_simclr", SimCLRDataset=DataSet),
    ):
        content = {}
        for name, state in sets.items():
            content[name] = DataSet()
            # The older format holds the source of such a class, and is refused with it.
            content[name].__dict__.update(state, erase_augment=Erasing() if zipped else None)
        torch.save(content | beside, path, _use_new_zipfile_serialization=zipped)
    return path
