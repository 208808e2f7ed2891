"""Small networks of texts with their tokenisers, in folders, and experiments that read them."""

from pretrained_networks import configuration, saved
from workflow_helpers import ROOT

from sametask.examples.sentences import data_set, read_words
from sametask.inputs.data_sets.texts import read_texts
from sametask.networks.tokenisers import train_tokeniser

COUNTS = {"train": 256, "fit": 120, "test": 60}
TOKENISE = "sametask.inputs.texts:tokenise"
SUBSTITUTE = "sametask.examples.sentences:substitute"
WORDS = str(ROOT / "resources/sentences.yaml")


def make_folders(folder):
    """Write sentences, and an XLNet and a RoBERTa of random weights with their tokenisers."""
    data_set(read_words(WORDS), COUNTS, 0).save_to_disk(folder / "data")
    texts = read_texts(folder / "data", "train").texts
    xlnet(folder / "xlnet", texts)
    roberta(folder / "roberta", texts)


def xlnet(folder, texts, **keys):
    """A small XLNet and its tokeniser."""
    tokeniser = train_tokeniser("unigram", texts, 80)
    config = configuration(
        "XLNet", vocab_size=len(tokeniser), d_model=16, n_layer=2, n_head=2, d_inner=24,
        dropout=0.0, summary_last_dropout=0.0, initializer_range=0.2,
        pad_token_id=tokeniser.pad_token_id, **keys,
    )  # fmt: skip
    saved(folder, "XLNetForSequenceClassification", config, max_shard_size="1MB")
    tokeniser.save_pretrained(folder)


def roberta(folder, texts, **keys):
    """A small RoBERTa and its tokeniser."""
    tokeniser = train_tokeniser("byte_pairs", texts, 440)
    sizes = {"max_position_embeddings": 34, "num_hidden_layers": 2} | keys
    config = configuration(
        "Roberta", vocab_size=len(tokeniser), hidden_size=16, num_attention_heads=2,
        intermediate_size=24, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        initializer_range=0.2, type_vocab_size=1, pad_token_id=tokeniser.pad_token_id, **sizes,
    )  # fmt: skip
    saved(folder, "RobertaForSequenceClassification", config)
    tokeniser.save_pretrained(folder)


def network(folder, kind, layers, **keys):
    """A network of an experiment, which reads texts by its own tokeniser."""
    return {
        "pretrained": {"source": str(folder), "class": f"{kind}ForSequenceClassification"},
        "view": {"function": TOKENISE, "arguments": {"tokeniser": str(folder), "length": 30}},
        "layers": layers,
        "pool": "mean",
    } | keys


def experiment(folder, **changes):
    """An experiment on the sentences, with words substituted."""
    return {
        "description": "Sentences.",
        "inputs": {
            "domain": "text", "source": str(folder / "data"), "label": "label",
            "split": "fit", "test_split": "test", "room": 40,
        },
        "samples": {"fit": 100, "test": 50},
        "perturbations": {
            "count": 8, "delta": 0.1, "along": SUBSTITUTE, "arguments": {"words": WORDS},
        },
        "task": {"kind": "classification"},
        "networks": {
            "roberta": network(folder / "roberta", "Roberta", "roberta.encoder.layer.1"),
            "xlnet": network(folder / "xlnet", "XLNet", "transformer.layer.1")
            | {"axes": ["time", "batch", "neuron"]},
        },
        "diffusion": {"coordinates": 4},
        "alignment": {"shuffles": 99},
    } | changes  # fmt: skip
