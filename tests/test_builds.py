"""A network is what its weights say: two builds of it compute the same."""

import sys

import numpy as np
import pytest
import torch
from refusals import refusal

from sametask.check.builds import built, require_same_builds
from sametask.check.network_trial import check_network
from sametask.config import Network
from sametask.networks import load, save

MODULE = """
import random
import numpy as np
import torch
from torch import nn

AT_IMPORT = torch.randn(4)
BUILT = []

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.head = nn.Linear(2, 4), nn.Linear(4, 1)
        self.begin()

    def begin(self): pass
    def shift(self, x): return x
    def forward(self, x): return self.head(self.shift(torch.tanh(self.hidden(x))))

class Torch(Net):
    def begin(self): self.register_buffer("drawn", torch.randn(4), persistent=False)
    def shift(self, x): return x + self.drawn

class Python(Net):
    def begin(self):
        drawn = torch.tensor([random.random() for _ in range(4)])
        self.register_buffer("drawn", drawn, persistent=False)
    def shift(self, x): return x + self.drawn

class Numpy(Net):
    def begin(self): self.drawn = np.random.default_rng().normal(size=4)
    def shift(self, x): return x + torch.from_numpy(self.drawn).to(x)

class Unused(Net):
    def begin(self): self.tables = {"a": [torch.ones(2), torch.randn(3)]}

class Number(Net):
    def begin(self): self.drawn = random.random()
    def shift(self, x): return x + self.drawn

class Holder:
    def __init__(self): self.drawn = torch.randn(4)

class Held(Net):
    def begin(self): self.holder = Holder()
    def shift(self, x): return x + self.holder.drawn.to(x)

class Imported(Net):
    def shift(self, x): return x + AT_IMPORT.to(x)

class Counted(Net):
    def begin(self):
        BUILT.append(self)
        self.drawn = torch.tensor(float(len(BUILT)))

class Lengths(Net):
    def begin(self):
        self.more = nn.ModuleList(nn.Linear(1, 1) for _ in range(random.randint(1, 99)))

class Seeded(Net):
    def begin(self):
        drawn = torch.randn(4, generator=torch.Generator().manual_seed(5))
        self.register_buffer("drawn", drawn, persistent=False)
        self.register_buffer("memory", torch.empty(9), persistent=False)
        self.made, self.weights = object(), [self.hidden.weight]
    def shift(self, x): return x + self.drawn

class Layers(Net):
    def begin(self):
        spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4))
        weight = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))
        old = nn.utils.weight_norm(nn.Linear(4, 4))
        self.inner = nn.Sequential(nn.BatchNorm1d(4), spectral, weight, old, nn.Dropout())
    def shift(self, x): return self.inner(x)

class Complex(Net):
    def begin(self):
        self.wave = nn.Linear(4, 4, dtype=torch.complex64)
        turn = torch.polar(torch.ones(4), torch.arange(4.0))
        self.register_buffer("turn", turn, persistent=False)
    def shift(self, x): return (self.wave(x.to(self.turn.dtype)) * self.turn).imag

class Integers(Net):
    def __init__(self):
        super().__init__()
        # In front of all others, where the precision of a network's passes was looked for.
        counts = nn.Parameter(torch.arange(4), requires_grad=False)
        self._parameters = {"counts": counts} | self._parameters
    def shift(self, x): return x * self.counts

class Half(Net):
    def begin(self): self.to(torch.bfloat16)
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_builds.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_builds", None)


def described(name, **keys):
    given = {"factory": f"own_builds:{name}", "layers": "head", "train": {}} | keys
    return Network(**given)


def tried(name, **keys):
    inputs = np.random.default_rng(0).normal(size=(6, 2))
    return check_network(described(name, **keys), inputs)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Torch", "non-persistent buffer 'drawn' is drawn anew by every build"),
        ("Python", "non-persistent buffer 'drawn' is drawn anew by every build"),
        ("Numpy", "attribute 'drawn' is drawn anew by every build"),
        ("Unused", "attribute 'tables'['a'][1] is drawn anew by every build"),
        ("Counted", "attribute 'drawn' is drawn anew by every build"),
        ("Number", "layer 'head' puts out something else after every build"),
        ("Held", "layer 'head' puts out something else after every build"),
        ("Imported", "layer 'head' puts out something else after every build"),
        ("Lengths", "a second build by the same factory: of another architecture"),
    ],
)
def test_what_no_checkpoint_holds_is_named(own, name, words):
    refusal(tried, name, words=[words])


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", ["Net", "Seeded", "Layers", "Complex", "Integers", "Half"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_the_same_in_every_build_is_fine(own, name, dtype):
    assert tried(name, dtype=dtype)[1] == (1,)


def test_a_checkpoint_does_not_help_what_it_does_not_hold(own, tmp_path):
    import own_builds

    for name in ("Torch", "Net"):
        torch.save(getattr(own_builds, name)().state_dict(), tmp_path / "m.pt")
        given = {"train": None, "checkpoint": str(tmp_path / "m.pt")}
        if name == "Net":
            assert tried(name, **given)[1] == (1,)
        else:
            refusal(lambda given=given: tried("Torch", **given), words=["buffer 'drawn'"])


def test_random_numbers_go_on_after_a_check_as_before(own):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    require_same_builds(described("Net"), built(described("Net")), np.ones((2, 2)))
    assert torch.equal(torch.rand(2), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_saved_network_is_built_the_same_way_every_time(own, tmp_path):
    import own_builds

    folder = tmp_path / "network"
    save(folder, own_builds.Torch(), {"factory": "own_builds:Torch", "arguments": {}})
    one, other = (load(folder, own_builds.Torch).drawn for _ in range(2))
    assert torch.equal(one, other)
