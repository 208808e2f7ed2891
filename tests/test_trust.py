"""What is run: modules of the user's. What never is: whatever a results folder names."""

import sys

import pytest
import torch
from refusals import refusal

from sametask.base.errors import StoreError
from sametask.base.references import resolve
from sametask.check.network_trial import check_network
from sametask.config import Network
from sametask.examples.small_networks import mlp
from sametask.networks import build, load, save, weights_digest
from sametask.storage.json_files import read_json, write_json

MLP = "sametask.examples.small_networks:mlp"
WIDTHS = {"widths": [1, 2, 1]}


@pytest.fixture
def folder(tmp_path):
    save(tmp_path / "network", mlp(**WIDTHS), {"factory": MLP, "arguments": WIDTHS})
    return tmp_path / "network"


def rewrite(folder, **changes):
    """Change what network.json says as somebody would who wants it to be believed."""
    path = folder / "network.json"
    write_json(path, read_json(path) | changes)


def test_a_folder_does_not_choose_what_is_called(folder, tmp_path):
    mark = tmp_path / "ran"
    rewrite(folder, factory="os:system", arguments={"command": f"touch {mark}"})
    refusal(load, folder, words=["load(folder, factory)", "load(folder, trust=True)", "os:system"])
    refusal(load, folder, MLP, words=["was made by", "os:system", "delete it and run again"])
    assert not mark.exists()
    refusal(lambda: load(folder, trust=True), words=["os:system"])
    assert mark.exists()


def test_a_network_is_built_by_what_the_caller_gives(folder):
    expected = mlp(**WIDTHS)
    with torch.no_grad():
        for one in (load(folder, mlp), load(folder, MLP), load(folder, trust=True)):
            expected.load_state_dict(one.state_dict())
            x = torch.ones(1, 1)
            assert torch.allclose(one(x.double()).float(), expected(x))
    refusal(lambda: load(folder, mlp, arguments={"widths": [1, 1]}), words=["model.safetensors"])
    words = ["network: was made by", "[1, 3, 1]"]
    refusal(lambda: load(folder, MLP, arguments={"widths": [1, 3, 1]}), words=words)
    refusal(lambda: load(folder, mlp, dtype="float46"), words=["'float46'", "'float64'"])


@pytest.mark.parametrize("kind", ["flip", "cut", "delete"])
@pytest.mark.parametrize("name", ["network.json", "model.safetensors"])
def test_a_damaged_folder_is_told_apart_from_a_whole_one(folder, name, kind):
    path = folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if kind == "delete":
        path.unlink()
    else:
        path.write_bytes(content if kind == "flip" else content[:-9])
    for one in (lambda: load(folder, mlp), lambda: weights_digest(folder)):
        with pytest.raises(
            StoreError, match=r"network(/network\.json)?: .*delete it and run again"
        ):
            one()


@pytest.mark.parametrize(
    "said",
    ["[]", "3", "{}", "{", '{"factory": 3}', '{"factory": "a:b", "arguments": []}', "[" * 9**5],
)
def test_a_description_of_another_kind_is_one_line(folder, said):
    (folder / "network.json").write_text(said)
    refusal(load, folder, mlp, words=["network.json: "])


MODULES = {
    "exits": "import sys\nsys.exit()",
    "leaves": "import os\nos._exit(0)",
    "broken": "def f(:\n",
    "fails": "1 / 0",
    "lacks": "import no_such_module",
    "odd": "class Odd(BaseException): pass\nraise Odd('two\\nlines')",
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_cannot_be_imported_is_one_line(tmp_path, monkeypatch, name):
    (tmp_path / f"own_{name}.py").write_text(MODULES[name])
    monkeypatch.syspath_prepend(tmp_path)
    refusal(resolve, f"own_{name}:net", words=[f"own_{name}:net: cannot import"])


FACTORIES = """
import os
import sys
import torch
from torch import nn

def exits(): sys.exit()
def quits(): raise SystemExit(0)
def leaves(): os._exit(0)
def other(): raise BaseException("ends")
def lazy(): return nn.Sequential(nn.LazyLinear(3))
def meta(): return nn.Linear(2, 3, device="meta")
def compiled(): return torch.jit.script(nn.Linear(2, 3))
def number(): return 3
def skipped(): return nn.utils.skip_init(nn.Linear, 2, 3)
def popped(widths): return nn.Linear(widths.pop(), 1)

class Extra(nn.Linear):
    def get_extra_state(self): return {"a": 1}
    def set_extra_state(self, state): pass

def extra(): return Extra(2, 3)

def sparse():
    network = nn.Linear(2, 3)
    network.register_buffer("adjacency", torch.eye(3).to_sparse())
    return network

def eighths():
    network = nn.Linear(2, 3)
    network.register_buffer("scale", torch.ones(3).to(torch.float8_e5m2), persistent=False)
    return network
"""


@pytest.fixture
def factories(tmp_path, monkeypatch):
    (tmp_path / "own_factories.py").write_text(FACTORIES)
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_factories"
    sys.modules.pop("own_factories")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("exits", "sys.exit(None)"),
        ("quits", "sys.exit(0)"),
        ("leaves", "sys.exit(0)"),
        ("other", "BaseException: ends"),
        ("lazy", "'0.weight' has no shape before a first input"),
        ("meta", "'weight' has no values"),
        ("number", "returned int"),
        ("extra", "'_extra_state' is a dict"),
        ("sparse", "'adjacency' is sparse"),
        ("eighths", "'scale' is float8_e5m2"),
        ("compiled", "TorchScript"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_what_a_factory_does_instead_of_building_is_one_line(factories, name, words):
    refusal(build, f"{factories}:{name}", {}, words=[f"{factories}:{name}", words])


def test_weights_that_are_not_initialised_are_no_untrained_copy(factories):
    network = Network(factory=f"{factories}:skipped", layers="0", train={})
    words = ["leaves 'weight' without initial values", "untrained copy"]
    refusal(lambda: check_network(network, torch.ones(2, 2).numpy()), words=words)


def test_a_factory_cannot_change_the_arguments_of_the_next_call(factories):
    arguments = {"widths": [3, 2]}
    assert [build(f"{factories}:popped", arguments).in_features for _ in range(2)] == [2, 2]


def test_arguments_that_json_cannot_keep_are_refused():
    with pytest.raises(ValueError, match=r"when: .* cannot be kept in network\.json"):
        Network(factory=MLP, arguments={"when": {1, 2}}, layers="a", train={})
