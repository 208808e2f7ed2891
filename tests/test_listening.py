"""What a network of sound is given for clips, and when its steps are: beside the network itself."""

import json
import shutil

import numpy as np
import pytest
import torch
from refusals import refusal
from sound_networks import CTC, english, extractor, given_of, heard, loaded, sounds, tokeniser

from sametask.activations.extract import to_network
from sametask.activations.hooks import observe
from sametask.inputs.fields import MASK, POSITIONS, STEPS
from sametask.inputs.listening import Steps, _ranges, listen, read_ear
from sametask.networks.given import without_padding
from sametask.storage import hub

# Convolutions of small networks, and those of Wav2Vec2 itself.
SHAPES = [
    ([20, 8, 4], [10, 8, 4]),
    ([20, 8, 5], [10, 8, 5]),
    ([10, 3, 3, 3, 3, 2, 2], [5, 2, 2, 2, 2, 2, 2]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("listening")
    english(made / "english")
    return made


@pytest.mark.parametrize(("kernels", "strides"), SHAPES)
def test_steps_are_as_many_as_the_network_makes(kernels, strides):
    from transformers import Wav2Vec2Model

    config = heard(
        conv_dim=[8] * len(kernels), conv_kernel=kernels, conv_stride=strides,
        num_feat_extract_layers=len(kernels),
    )  # fmt: skip
    network, steps = Wav2Vec2Model(config).eval(), Steps(tuple(kernels), tuple(strides))
    lengths = np.arange(steps.field, steps.field + 3 * steps.stride, 37)
    known = network._get_feat_extract_output_lengths(torch.tensor(lengths)).numpy()
    np.testing.assert_array_equal(steps.count(lengths), known)
    assert steps.count(np.array([steps.field - 1, steps.field])).tolist() == [0, 1]
    with torch.no_grad():
        for length in lengths[::9]:
            made = network.feature_extractor(torch.randn(1, int(length)))
            assert made.shape[2] == steps.count(length)


@pytest.mark.parametrize(("kernels", "strides"), SHAPES)
def test_an_impulse_moves_the_step_whose_time_it_is(kernels, strides):
    """At its middle, an impulse moves a step; it moves none whose receptive field it is not in."""
    from transformers import Wav2Vec2Model

    torch.manual_seed(0)
    size = {"conv_dim": [8] * len(kernels), "num_feat_extract_layers": len(kernels)}
    config = heard(conv_kernel=kernels, conv_stride=strides, **size)
    network, steps = Wav2Vec2Model(config).eval(), Steps(tuple(kernels), tuple(strides))
    with torch.no_grad():
        silent = network.feature_extractor(torch.zeros(1, 9000))
        for step in (3, 7, 11):
            # Where ``at`` says that the step is, solved for the time.
            middle = step * steps.stride + steps.field / 2
            assert steps.at(np.array([middle])) == step
            sound = torch.zeros(1, 9000)
            sound[0, round(middle)] = 1.0
            moved = (network.feature_extractor(sound) != silent).any(dim=1)[0]
            reach = steps.field / 2 / steps.stride
            assert moved[step]
            assert set(moved.nonzero().flatten().tolist()) <= {
                other for other in range(len(moved)) if abs(other - step) <= reach
            }


def test_the_first_and_the_last_number_of_a_receptive_field_move_its_step_only(folder):
    network, steps = loaded(folder / "english", CTC).wav2vec2, Steps((20, 8, 4), (10, 8, 4))
    first = 5 * steps.stride
    with torch.no_grad():
        silent = network.feature_extractor(torch.zeros(1, 8000))

        def moved(place):
            sound = torch.zeros(1, 8000)
            sound[0, place] = 1.0
            return bool((network.feature_extractor(sound) != silent).any(dim=1)[0, 5])

        places = (first - 1, first, first + steps.field - 1, first + steps.field)
        assert [moved(place) for place in places] == [False, True, True, False]


def test_clips_with_padding_have_the_activations_that_they_have_alone(folder):
    network, layers = loaded(folder / "english", CTC), ["wav2vec2.encoder.layers.1"]
    together = given_of(folder / "english", sounds(6000, 4321, 3000, width=9000))
    with torch.no_grad():
        outputs = observe(network, layers, to_network(network, together)).outputs[layers[0]]
        for number, length in enumerate((6000, 4321, 3000)):
            clip = sounds(6000, 4321, 3000)[[number], :length]
            alone = to_network(network, given_of(folder / "english", clip))
            found = observe(network, layers, alone).outputs[layers[0]][0]
            known = outputs[number, : len(found)]
            torch.testing.assert_close(known, found, rtol=1e-4, atol=1e-5)
            assert together[STEPS][number].sum() == len(found) == alone[STEPS].sum()


def test_padding_is_left_out_of_sound_and_of_steps_alike(folder):
    network, layers = loaded(folder / "english", CTC), ["wav2vec2.encoder.layers.1"]
    given = to_network(network, given_of(folder / "english", sounds(4321, 3000, width=9000)))
    cut = without_padding(given)
    assert cut["input_values"].shape == cut["attention_mask"].shape == (2, 4321)
    with torch.no_grad():
        outputs = [observe(network, layers, seen).outputs[layers[0]] for seen in (given, cut)]
    kept = cut[STEPS] != 0
    assert kept.shape == outputs[1].shape[:2]
    torch.testing.assert_close(outputs[0][:, : kept.shape[1]][kept], outputs[1][kept])
    # Nothing is cut of a sound that fills the room.
    full = to_network(network, given_of(folder / "english", sounds(3000, 9000)))
    assert all(torch.equal(part, full[name]) for name, part in without_padding(full).items())


def test_frames_are_at_the_same_times_for_every_stride():
    """A number that is the time at each step is the time of the frame, interpolated linearly."""
    for kernels, strides in SHAPES:
        steps = Steps(tuple(kernels), tuple(strides))
        lengths = np.array([8000, 5000])
        ranges = _ranges(steps, lengths, steps.count(lengths), 250.0, 8000)
        middles = steps.stride * ranges[..., 0] + steps.field / 2
        times = 250 * (np.arange(32) + 0.5)
        for row, length in enumerate(lengths):
            exist = times < length
            np.testing.assert_array_equal(ranges[row, :, 1] > 0, exist)
            last = length - steps.stride - steps.field / 2
            inner = exist & (times > steps.field) & (times < last)
            np.testing.assert_allclose(middles[row][inner], times[inner])


@pytest.mark.parametrize(("kernels", "strides"), [*SHAPES, ([20, 8, 12], [10, 8, 4])])
def test_a_network_whose_stride_is_the_frame_has_its_steps(kernels, strides):
    """Each step once, also where frames are in the middle between two of them."""
    steps = Steps(tuple(kernels), tuple(strides))
    lengths = np.array([9600])
    ranges = _ranges(steps, lengths, steps.count(lengths), float(steps.stride), 9600)[0]
    first = ranges[ranges[:, 1] > 0, 0]
    np.testing.assert_array_equal(first, np.rint(first))
    assert set(first.astype(int)) == set(range(int(steps.count(lengths)[0])))
    halves = Steps((2, 2), (2, 2))  # Its field is its stride: each step is a frame.
    exact = _ranges(halves, np.array([40]), halves.count(np.array([40])), 4.0, 40)[0]
    np.testing.assert_array_equal(exact[:, 0], np.arange(10))


def test_steps_half_way_between_frames_are_all_there():
    steps = Steps((8,), (4,))  # Frames are at halves: rounded to even, every second is missed.
    ranges = _ranges(steps, np.array([44]), steps.count(np.array([44])), 4.0, 44)[0]
    assert set(ranges[:, 0].astype(int)) == set(range(10))


def test_samples_with_texts_are_heard_by_their_sound(folder):
    rows = sounds(3000, 4000)
    records = np.empty(2, [("sound", np.int16, rows.shape[1]), ("text", np.uint8, 5)])
    records["sound"] = rows
    both = listen(records, str(folder / "english")), listen(rows, str(folder / "english"))
    assert set(both[0]) == {"input_values", f"attention_{MASK}", STEPS, POSITIONS}
    assert all(np.array_equal(both[0][name], both[1][name]) for name in both[0])


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"rate": 8000}, ["rate: 8000 Hz", "16000 Hz"]),
        ({"frame": 0}, ["frame: 0", "1 / rate"]),
        ({"frame": -0.02}, ["frame: -0.02"]),
        ({"frame": "a"}, ["frame: 'a'"]),
        ({"frame": 0.9}, ["frame: 0.9 s", "at most 0.312"]),
    ],
)
def test_arguments_that_are_no_times_are_refused(folder, how, words):
    hear = lambda: listen(sounds(3000, 5000), str(folder / "english"), **how)  # noqa: E731
    refusal(hear, words=words)


def test_a_sound_without_a_step_is_refused(folder):
    hear = lambda: listen(sounds(3000, 300), str(folder / "english"))  # noqa: E731
    refusal(hear, words=["sound 1 has 0.019 s", "english needs 0.021 s"])


def test_folders_that_cannot_hear_are_refused(folder, tmp_path):
    tokeniser(tmp_path / "bare")
    refusal(read_ear, str(tmp_path / "bare"), words=["bare: no feature extractor", "vocab.json"])
    extractor(tmp_path / "bare")
    refusal(read_ear, str(tmp_path / "bare"), words=["bare: no configuration"])
    for name, changes in {
        "text": {"conv_kernel": None},
        "words": {"conv_kernel": [20, "8", 4]},
        "fewer": {"conv_kernel": [20, 8]},
        "none": {"conv_kernel": [], "conv_stride": []},
    }.items():
        place = shutil.copytree(folder / "english", tmp_path / name)
        configuration = json.loads((place / "config.json").read_text())
        (place / "config.json").write_text(json.dumps(configuration | changes))
        refusal(read_ear, str(place), words=[f"{name}: config.json", "conv_kernel"])


def test_of_the_hub_comes_what_an_ear_needs(folder, tmp_path, monkeypatch):
    def snapshot(source, revision, never, files):
        """A folder with the files that are asked for, as the hub gives them."""
        for path in (folder / "english").iterdir():
            if any(path.match(kind) for kind in files):
                shutil.copy(path, tmp_path)
        return tmp_path

    monkeypatch.setattr(hub, "_snapshot", snapshot)
    assert read_ear("somebody/listener").steps == read_ear(str(folder / "english")).steps
    # The weights are those of the network, not of its ear.
    assert not list(tmp_path.glob("*.safetensors"))
