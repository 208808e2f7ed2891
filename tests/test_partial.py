"""A diffusion map that fails: everything that needs no coordinates is made, and the rest is told."""

import pytest
from workflow_helpers import TINY, change, make_repository, run

FACTORIES = """
import torch
from torch import nn

class Steps(nn.Module):
    def forward(self, x):
        return (100 * x).clamp(-1, 1)

class Same(nn.Module):
    def forward(self, x):
        return 0 * x + 1

def steps():
    return nn.Sequential(Steps(), nn.Linear(1, 1))

def same():
    return nn.Sequential(Same(), nn.Linear(1, 1))
"""


@pytest.fixture(scope="module")
def partial(tmp_path_factory):
    """``tiny`` with a network whose samples nearly all coincide, and one whose layer is constant."""
    folder = make_repository(tmp_path_factory.mktemp("partial") / "sametask")
    (folder / "mynets.py").write_text(FACTORIES)
    trained = {
        key: value for key, value in TINY["networks"]["shallow"].items() if key != "arguments"
    }
    for name in ("steps", "same"):
        change(
            folder, "networks", name, value={**trained, "factory": f"mynets:{name}", "layers": "0"}
        )
    change(folder, "networks", "deep", value=None)
    printed = run(folder)
    return folder, printed


def test_it(partial):
    folder, printed = partial
    print(printed)
