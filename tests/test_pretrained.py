"""Pretrained networks: what is read, what is kept, and what is refused in one line."""

import json

import pytest
import torch
from pretrained_networks import (
    SMALL,
    TOKENS,
    bert,
    configuration,
    in_parts,
    minilm,
    saved,
    transformers,
)
from refusals import cut, refusal
from safetensors.torch import load_file, save_file
from workflow_helpers import script

from sametask.base.references import resolve
from sametask.config import Network
from sametask.config.experiments import overlay
from sametask.networks import build, load
from sametask.networks.pretrained import folder_of
from sametask.networks.pretrained_weights import read_pretrained, without_weights
from sametask.storage.hub import cached_folder, local_folder
from sametask.storage.json_files import read_json
from sametask.storage.pretrained_files import PretrainedFiles, has_weights


@pytest.fixture(autouse=True)
def no_progress():
    transformers.utils.logging.disable_progress_bar()


def section(source, network_class, **keys):
    return Network.model_validate(
        {
            "pretrained": {"source": str(source), "class": network_class} | keys,
            "layers": "classifier",
        }
    )


def fetched(tmp_path, source, network_class, **keys):
    """Copy a network as the rule does; return its folder, and how the experiment builds it."""
    built = section(source, network_class, **keys).built_by
    folder = tmp_path / "network"
    script("fetch_pretrained")(str(folder), "mine", **built, download="never")
    return folder, built


def answers(network, **inputs):
    """The first tensor that a network puts out, in evaluation mode."""
    with torch.no_grad():
        return network(**inputs)[0]


T5 = {
    "vocab_size": 50, "d_model": 16, "d_kv": 4, "d_ff": 24, "num_layers": 2, "num_heads": 2,
    "decoder_start_token_id": 0,
}  # fmt: skip
GPT2 = {"vocab_size": 50, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 32}
TEXT = {"input_ids": TOKENS, "attention_mask": (TOKENS > 2).long()}
CASES = {
    "BertForSequenceClassification": ("Bert", SMALL, TEXT),
    "RobertaForSequenceClassification": ("Roberta", SMALL, TEXT),
    "GPT2LMHeadModel": ("GPT2", GPT2, TEXT),
    "T5ForConditionalGeneration": ("T5", T5, TEXT | {"decoder_input_ids": TOKENS}),
    "T5EncoderModel": ("T5", T5, TEXT),
    "ViTForImageClassification": (
        "ViT",
        {
            "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
            "intermediate_size": 24, "image_size": 8, "patch_size": 4,
        },
        {"pixel_values": torch.linspace(-1, 1, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_fetched_answers_as_transformers_does(tmp_path, name):
    kind, keys, inputs = CASES[name]
    source = tmp_path / "source"
    saved(source, name, configuration(kind, **keys))
    expected = answers(getattr(transformers, name).from_pretrained(source), **inputs)
    folder, built = fetched(tmp_path, source, name)
    # From here on, the folder alone is enough.
    source.rename(tmp_path / "gone")
    network = load(folder, **built, dtype="float32")
    assert type(network).__name__ == name
    assert torch.equal(answers(network, **inputs), expected)
    assert not torch.equal(answers(network, **inputs), torch.zeros_like(expected))
    # The recipe names no code but that of transformers, so that it needs no trust.
    assert torch.equal(answers(load(folder, dtype="float32"), **inputs), expected)


def test_tied_weights_stay_tied(tmp_path):
    saved(tmp_path / "source", "GPT2LMHeadModel", configuration("GPT2", **GPT2))
    folder, built = fetched(tmp_path, tmp_path / "source", "AutoModelForCausalLM")
    network = load(folder, **built, dtype="float32")
    assert network.lm_head.weight is network.transformer.wte.weight


def test_an_auto_class_becomes_the_class_it_stands_for(tmp_path):
    bert(tmp_path / "source")
    auto = "AutoModelForSequenceClassification"
    folder, _ = fetched(tmp_path, tmp_path / "source", auto)
    description = read_json(folder / "network.json")
    assert description["arguments"]["class"] == auto
    assert description["recipe"]["class"] == "BertForSequenceClassification"
    assert description["recipe"]["configuration"]["hidden_size"] == SMALL["hidden_size"]
    assert "_name_or_path" not in description["recipe"]["configuration"]


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept_and_measured_in_float32(tmp_path, precision):
    source = tmp_path / "source"
    bert(source)
    weights = load_file(source / "model.safetensors")
    half = {name: tensor.to(precision) for name, tensor in weights.items()}
    save_file(half, source / "model.safetensors", {"format": "pt"})
    folder, built = fetched(tmp_path, source, "BertForSequenceClassification")
    stored = load_file(folder / "model.safetensors")
    assert all(torch.equal(stored[name], half[name]) for name in half)
    assert {stored[name].dtype for name in half} == {precision}
    assert read_json(folder / "network.json")["half_precision"] == [str(precision)[6:]]
    assert section(source, "BertModel").dtype == "float32"
    network = load(folder, **built, dtype="float32")
    expected = transformers.BertForSequenceClassification.from_pretrained(
        source, dtype=torch.float32
    )
    assert torch.equal(answers(network, **TEXT), answers(expected, **TEXT))


def test_a_single_weight_of_half_precision_narrows_no_other(tmp_path):
    source = tmp_path / "source"
    bert(source)
    weights = load_file(source / "model.safetensors")
    weights["classifier.weight"] = weights["classifier.weight"].half()
    save_file(weights, source / "model.safetensors", {"format": "pt"})
    folder, _ = fetched(tmp_path, source, "BertForSequenceClassification")
    stored = load_file(folder / "model.safetensors")
    assert all(torch.equal(stored[name].float(), weights[name].float()) for name in weights)
    assert stored["bert.encoder.layer.0.output.dense.weight"].dtype == torch.float32


def test_float64_keeps_its_digits(tmp_path):
    source = tmp_path / "source"
    bert(source)
    weights = load_file(source / "model.safetensors")
    double = {name: tensor.double() * (1 + 1e-12) for name, tensor in weights.items()}
    save_file(double, source / "model.safetensors", {"format": "pt"})
    folder, built = fetched(tmp_path, source, "BertForSequenceClassification")
    kept = load(folder, **built, dtype="float64").state_dict()
    assert all(torch.equal(kept[name], double[name]) for name in double)


def test_parts_are_read_like_a_whole(tmp_path):
    source = tmp_path / "source"
    expected = answers(bert(source), **TEXT)
    in_parts(source)
    assert has_weights(source)
    folder, built = fetched(tmp_path, source, "BertForSequenceClassification")
    assert torch.equal(answers(load(folder, **built, dtype="float32"), **TEXT), expected)


def test_an_untrained_copy_follows_from_the_configuration(tmp_path):
    source = tmp_path / "source"
    bert(source)
    folder, built = fetched(tmp_path, source, "AutoModelForSequenceClassification")
    source.rename(tmp_path / "gone")
    copies = []
    for number, seed in enumerate((0, 0, 1)):
        place = tmp_path / str(number)
        script("untrain_network")(str(place), "mine", **built, seed=seed, original=str(folder))
        assert read_json(place / "network.json")["untrained"] is True
        copies.append(load(place, **built, dtype="float32").state_dict())
    trained = load(folder, **built, dtype="float32").state_dict()
    weight = "bert.encoder.layer.0.output.dense.weight"
    assert torch.equal(copies[0][weight], copies[1][weight])
    assert not torch.equal(copies[0][weight], copies[2][weight])
    assert not torch.equal(copies[0][weight], trained[weight])
    # Drawn as the configuration says, not as torch would.
    assert 0.015 < copies[0][weight].std() < 0.025


def test_arguments_are_those_of_the_class(tmp_path):
    source = tmp_path / "source"
    bert(source, "BertForMaskedLM")
    files = PretrainedFiles.of(source)
    words = ["needs 'pooler.dense.bias' and 1 more", "random", "saved as BertForMaskedLM"]
    refusal(read_pretrained, files, "AutoModel", {}, words=words)
    filled = read_pretrained(files, "AutoModel", {"add_pooling_layer": False})
    assert filled.network.pooler is None
    assert filled.unexpected[0].startswith("cls.predictions")
    assert "BertModel leaves 'cls.predictions" in filled.network_lacks()
    words = ["class: AutoModel", "'add_pool'"]
    refusal(read_pretrained, files, "AutoModel", {"add_pool": False}, words=words)
    # The recipe has them too.
    assert build(filled.recipe.build, {}).pooler is None


def test_what_the_network_has_no_place_for_is_told(tmp_path, capsys):
    bert(tmp_path / "source")
    folder, _ = fetched(tmp_path, tmp_path / "source", "BertModel")
    assert "warning: network 'mine': class BertModel leaves 'classifier.bias' and 1 more" in (
        capsys.readouterr().err
    )
    assert read_json(folder / "network.json")["unused"] == ["classifier.bias", "classifier.weight"]


@pytest.mark.parametrize(
    ("network_class", "words"),
    [
        ("BertForSequenceClasification", "did you mean 'BertForSequenceClassification'"),
        ("AutoModelForSequenceClassifier", "did you mean 'AutoModelForSequenceClassification'"),
        ("Foo", "valid: 'AutoModel', 'AutoModelFor"),
        ("BertPreTrainedModel", "has no network 'BertPreTrainedModel'"),
        ("BertTokenizer", "has no network 'BertTokenizer'"),
        ("pipeline", "has no network 'pipeline'"),
        ("GPT2Model", "does not fit model_type 'bert'; it was saved as BertForSequenceClass"),
        ("AutoModelForCTC", "does not fit model_type 'bert'; it was saved as BertForSequenceClass"),
        ("BertForMaskedLM", "needs 'cls.predictions.bias' and 5 more, which are not among"),
    ],
)
def test_a_class_that_does_not_fit(tmp_path, network_class, words):
    bert(tmp_path)
    files = PretrainedFiles.of(tmp_path)
    # The headers are enough to tell, and the weights say the same.
    refusal(without_weights, files, network_class, {}, words=[words])
    refusal(read_pretrained, files, network_class, {}, words=[words])


def test_weights_of_another_size(tmp_path):
    bert(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"vocab_size": 60}))
    words = ["word_embeddings.weight' has shape (50, 16), class BertForSequ", "needs (60, 16)"]
    files = PretrainedFiles.of(tmp_path)
    refusal(without_weights, files, "BertForSequenceClassification", {}, words=words)


def rewritten(folder, **keys):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | keys))


def pickled(folder):
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()


def pointer(folder):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 12\n"
    (folder / "model.safetensors").write_text(text)


def without_a_part(folder):
    in_parts(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()


def with_a_wrong_index(folder, name, part):
    in_parts(folder)
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    index["weight_map"][name] = part
    path.write_text(json.dumps(index))


FAULTS = {
    "no config": (lambda f: (f / "config.json").unlink(), ["no config.json", "save_pretrained"]),
    "no JSON": (lambda f: (f / "config.json").write_text("{"), ["config.json: no JSON"]),
    "a list": (lambda f: (f / "config.json").write_text("[]"), ["config.json: holds a list"]),
    "quantised": (
        lambda f: rewritten(f, quantization_config={"quant_method": "gptq"}),
        ["quantization_config", "quantised weights are not supported"],
    ),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), ["no weights", "model.safetens"]),
    "pickled": (pickled, ["has pytorch_model.bin", "may run code", "save_pretrained(folder)"]),
    "pointer": (pointer, ["model.safetensors", "pointer of Git LFS", "git lfs pull"]),
    "truncated": (lambda f: cut(f / "model.safetensors", 9), ["model.safetensors: truncated"]),
    "a part is missing": (
        without_a_part,
        ["part 2 of 2", "missing: model-00002-of-00002.safetensors"],
    ),
    "a truncated part": (
        lambda f: (in_parts(f), cut(f / "model-00002-of-00002.safetensors", 9)),
        ["model-00002-of-00002.safetensors: truncated"],
    ),
    "outside": (
        lambda f: with_a_wrong_index(f, "x", "../x.safetensors"),
        ["index.json", "'../x.safetensors' is no .safetensors file beside it"],
    ),
    "not in its part": (
        lambda f: with_a_wrong_index(f, "x", "model-00001-of-00002.safetensors"),
        ["index.json", "says that 'x' is in model-00001"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_files_that_cannot_be_used(tmp_path, fault):
    bert(tmp_path)
    damage, words = FAULTS[fault]
    damage(tmp_path)
    refusal(PretrainedFiles.of, tmp_path, words=words)


def test_code_of_a_stranger_is_not_run(tmp_path):
    """A configuration may name code beside it, and other weights; neither is touched."""
    bert(tmp_path)
    (tmp_path / "evil.py").write_text("raise SystemExit('evil')\n")
    rewritten(
        tmp_path,
        auto_map={"AutoModelForSequenceClassification": "evil.Net", "AutoConfig": "evil.Config"},
        transformers_weights="adapter_model.bin",
        attn_implementation="kernels-community/evil",
    )
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "evil"}')
    files = PretrainedFiles.of(tmp_path)
    filled = read_pretrained(files, "AutoModelForSequenceClassification", {})
    assert filled.recipe.class_name == "BertForSequenceClassification"
    rewritten(tmp_path, model_type="evil")
    words = ["model_type 'evil' is none of transformers", "never run"]
    files = PretrainedFiles.of(tmp_path)
    refusal(read_pretrained, files, "AutoModelForSequenceClassification", {}, words=words)


def test_sources_that_are_no_folder(tmp_path, monkeypatch):
    (tmp_path / "minilm").mkdir()
    words = ["no such folder; did you mean", "minilm'?"]
    refusal(local_folder, str(tmp_path / "minlm"), None, words=words)
    refusal(local_folder, "./x", None, words=["source: ./x: no such folder"])
    words = ["revision: v1 is one of the hub", "leave it out"]
    refusal(local_folder, str(tmp_path / "minilm"), "v1", words=words)
    monkeypatch.chdir(tmp_path)
    words = ["neither a folder here nor an id of the hub"]
    refusal(folder_of, "no such thing", None, words=words)
    words = ["google-bert/none", "no such folder here", "--local-dir FOLDER`, then source: FOLDER"]
    refusal(folder_of, "google-bert/none", None, True, words=[*words, "`download: never` forbids"])


def test_a_network_in_the_cache_of_the_hub_needs_no_connection(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = tmp_path / "hub" / "models--someone--bert"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("0" * 40)
    expected = answers(bert(kept / "snapshots" / ("0" * 40)), **TEXT)
    assert cached_folder("someone/bert", None) == kept / "snapshots" / ("0" * 40)
    assert cached_folder("someone/bert", "v1") is None
    folder, built = fetched(tmp_path, "someone/bert", "BertForSequenceClassification")
    assert built["arguments"]["source"] == "someone/bert"
    assert torch.equal(answers(load(folder, **built, dtype="float32"), **TEXT), expected)
    assert type(build(**built)).__name__ == "BertForSequenceClassification"


def test_keys_of_the_section(tmp_path):
    def refused(**keys):
        with pytest.raises(ValueError) as caught:
            Network.model_validate({"layers": "a"} | keys)
        return str(caught.value)

    pretrained = {"source": "a/b", "class": "BertModel"}
    mlp = "sametask.examples.small_networks:mlp"
    assert "exactly one of `factory` and `pretrained`" in refused()
    assert "exactly one of" in refused(factory=mlp, pretrained=pretrained)
    assert "train: pretrained has weights" in refused(pretrained=pretrained, train={})
    assert "checkpoint: pretrained has" in refused(pretrained=pretrained, checkpoint="a.pt")
    assert "did you mean 'class'" in refused(pretrained={"source": "a", "clas": "BertModel"})
    network = Network.model_validate({"layers": "a", "pretrained": pretrained})
    assert (network.dtype, network.has_own_weights) == ("float32", False)
    assert Network.model_validate({"layers": "a", "factory": mlp}).has_own_weights
    other = overlay({"factory": mlp, "train": {}, "layers": "a"}, {"pretrained": pretrained})
    assert other == {"layers": "a", "pretrained": pretrained}


def test_factories_with_dots_resolve(tmp_path):
    expected = answers(bert(tmp_path), **TEXT)
    source = {"pretrained_model_name_or_path": str(tmp_path)}
    factory = "transformers:AutoModelForSequenceClassification.from_pretrained"
    assert torch.equal(answers(build(factory, source), **TEXT), expected)
    refusal(resolve, "transformers:AutoModel.from_pretraned", words=["'from_pretrained'"])
    refusal(resolve, "transformers:AutoModl.from_pretrained", words=["'AutoModel'"])


def test_a_factory_may_give_its_network_the_weights(tmp_path):
    expected = answers(bert(tmp_path / "source"), **TEXT)
    network = Network.model_validate(
        {
            "factory": "transformers:AutoModelForSequenceClassification.from_pretrained",
            "arguments": {"pretrained_model_name_or_path": str(tmp_path / "source")},
            "layers": "bert",
        }
    )
    folder = tmp_path / "network"
    script("fetch_network")(None, str(folder), **network.built_by)
    loaded = load(folder, **network.built_by, dtype="float32")
    assert torch.equal(answers(loaded, **TEXT), expected)


def test_a_real_network(tmp_path):
    source = minilm()
    expected = answers(transformers.AutoModel.from_pretrained(source), **TEXT)
    folder, built = fetched(tmp_path, source, "AutoModel")
    network = load(folder, **built, dtype="float32")
    assert torch.equal(answers(network, **TEXT), expected)
    words = ["AutoModelForSequenceClassification needs 'classifier.bias'", "saved as BertModel"]
    files = PretrainedFiles.of(source)
    refusal(without_weights, files, "AutoModelForSequenceClassification", {}, words=words)
