"""A small experiment on clips of noise, from the sounds to the page."""

import json
import re

import numpy as np
import pytest
import torch
from sound_networks import corpus as write_corpus
from sound_networks import experiment, given_of, make_folders
from workflow_helpers import EXPERIMENT, make_repository, recorded_in_shards, run

from sametask.activations.extract import to_network
from sametask.activations.frames import windows
from sametask.activations.hooks import record
from sametask.activations.joining import join_layers
from sametask.activations.stored import read_layout, read_perturbed
from sametask.config.experiments import Experiments
from sametask.evaluation.said_texts import of_rows
from sametask.inputs.fields import POSITIONS, read_inputs
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.maps.transformation import Transformation
from sametask.networks import load
from sametask.statistics.words import WordErrors
from sametask.storage.store import open_store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("speech_run")]
PLACE = "results/tiny"
NETWORKS = ("english", "german")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The repository with the experiment in it, and all that it makes."""
    folder = tmp_path_factory.mktemp("speech") / "repository"
    make_folders(folder.parent)
    write_corpus(folder.parent / "data")
    make_repository(folder, experiment(folder.parent, verdict={"controls": ["shuffled"]}))
    run(folder)
    return folder


def opened(made, name, kind="activations"):
    return open_store(made / PLACE / name, kind)


def clips_of(made, part):
    return read_inputs(opened(made, "samples.zarr", "samples"), f"{part}/inputs")


def network_of(made, name):
    folder = made / PLACE / name / "network"
    return load(folder, "sametask.networks.pretrained:from_source", dtype="float32")


def test_the_page_plays_sounds_and_has_no_gaps(made):
    page = (made / PLACE / "report.html").read_text()
    assert page.count("<audio") == page.count("data:audio/wav;base64,") == 6
    assert page.count('<path d="M0 ') >= 6
    words = re.sub(r"data:[^\"]*|<script.*?</script>", "", page, flags=re.S)
    assert not re.search(r"\bundefined\b|\bNone\b|\bnan\b", words)
    assert "What the networks answer" in words and "Where the stitched networks go wrong" in words


def test_the_rates_of_the_page_are_those_of_the_evaluation(made):
    facts = json.loads((made / PLACE / "english-german/evaluation.json").read_text())
    kept = opened(made, "english-german/evaluation.zarr", "evaluation")
    page = (made / PLACE / "report.html").read_text()
    for side, name in zip("ab", NETWORKS, strict=True):
        own, true = (of_rows(kept[f"texts/{side}/{what}"]) for what in ("own", "true"))
        rate = facts["networks"][side]["task"]["word_error_rate"]
        assert WordErrors.of(true, own).rate == pytest.approx(rate)
        assert f"{name} itself has a word error rate of {100 * rate:.1f} %" in page
        for way, figures in facts["maps"]["affine"].items():
            if way.endswith(side):
                said = of_rows(kept[f"affine/{way}/texts"])
                agreement = WordErrors.of(own, said).agreement
                assert agreement == pytest.approx(figures["word_agreement"])


def test_nothing_goes_past_the_layers(made):
    facts = json.loads((made / PLACE / "english-german/evaluation.json").read_text())
    for side in "ab":
        assert facts["networks"][side]["own_layers"]["past_layer"] == 0.0
    # The stride of the English network is the frame: its own frames are all of its layer.
    assert facts["networks"]["a"]["own_layers"]["same_texts"] == 1.0
    assert facts["networks"]["a"]["own_layers"]["output_r2"] == pytest.approx(1.0)


def test_both_networks_are_measured_at_the_same_frames(made):
    stores = [opened(made, f"{name}/activations.zarr") for name in NETWORKS]
    sequences = [opened(made, f"{name}/sequences.zarr") for name in NETWORKS]
    assert stores[0]["fit/slices"].tolist() == stores[1]["fit/slices"].tolist()
    assert sequences[0]["fit/frames"].tolist() == sequences[1]["fit/frames"].tolist()
    count = stores[0].attributes["rows_per_sample"]
    sample, frame = np.divmod(stores[0]["fit/slices"], count)
    for row, drawn in zip(sample, frame, strict=True):
        assert drawn in sequences[0]["fit/frames"][row]


@pytest.mark.parametrize("name", NETWORKS)
def test_perturbations_are_those_of_the_frames_that_they_belong_to(made, name):
    """Made again from the sounds themselves, with all their padding, around some clips."""
    kept, network = opened(made, f"{name}/activations.zarr"), network_of(made, name)
    asked = Experiments(made / "config/experiments").get("tiny")
    clips = clips_of(made, "fit")
    layout, perturbed = read_layout(kept), read_perturbed(kept)
    sample, frame = np.divmod(kept["fit/slices"], layout.rows_per_sample)
    for number in (0, 7):
        around = DrawnPerturbations(asked.perturbations, asked.seed)
        noisy = around.around(clips[[number]], [number], clips)[0]
        given = to_network(network, given_of(made.parent / name, noisy))
        with torch.no_grad():
            joined = join_layers(layout, record(network, layout.calls, given), given).numpy()
        for row in np.flatnonzero(sample == number):
            known = joined[:, frame[row]]
            np.testing.assert_allclose(perturbed[[row]][0], known, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_windows_are_of_the_slices_that_they_belong_to(made, name):
    kept, sequences = (opened(made, f"{name}/{what}.zarr") for what in ("activations", "sequences"))
    whole = torch.from_numpy(sequences["fit/layers"])
    counts = torch.from_numpy((sequences[f"fit/seen/{POSITIONS}"][..., 1] > 0).sum(axis=1))
    known = windows(whole, counts, 1).flatten(0, 1)[kept["fit/slices"]]
    np.testing.assert_allclose(kept["fit/window"], known, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.*fails from")
@pytest.mark.parametrize("map", ["affine", "affine_window", "direct_rbf_window"])
@pytest.mark.parametrize("way", ["a_to_b", "b_to_a"])
def test_a_stitched_network_answers_as_it_was_judged(made, map, way):
    """From sounds, with a dummy of the right length: the outputs are those of the evaluation."""
    both = [network_of(made, name) for name in NETWORKS]
    maps = Transformation.load(made / PLACE / "english-german/transformation.zarr", map)
    clips = clips_of(made, "test")
    source, target = NETWORKS if way == "a_to_b" else NETWORKS[::-1]
    given = to_network(both[0], given_of(made.parent / source, clips))
    dummy = to_network(both[0], given_of(made.parent / target, clips))
    dummy |= {"input_values": torch.zeros_like(dummy["input_values"])}
    with torch.no_grad():
        found = maps.stitch(*both, way)(given, dummy)
    known = opened(made, "english-german/evaluation.zarr", "evaluation")[f"{map}/{way}/outputs"]
    np.testing.assert_allclose(found.numpy(), known, rtol=1e-3, atol=1e-3)


def test_shards_record_the_same_bit_for_bit(made):
    before, after = recorded_in_shards(made, f"{PLACE}/german/sequences.zarr", 2)
    before.pop("zarr.json", None)
    after.pop("zarr.json", None)
    arrays = {path for path in before if "zarr.json" not in str(path)}
    assert arrays and all(before[path] == after[path] for path in arrays)
    assert (made / EXPERIMENT).is_file()
