"""Small networks of sound of random weights, in folders, and experiments that read them."""

import io
import json

import numpy as np
import soundfile
from datasets import Audio, Dataset, DatasetDict
from pretrained_networks import saved, transformers

from sametask.activations.extract import to_network
from sametask.activations.hooks import observe
from sametask.activations.joining import join_layers
from sametask.activations.layout import Layout
from sametask.inputs.fields import join_fields
from sametask.inputs.listening import listen
from sametask.inputs.sounds import as_sound, encode_sounds
from sametask.networks.given import rows
from sametask.networks.pretrained_weights import read_pretrained
from sametask.storage.pretrained_files import PretrainedFiles

LISTEN = "sametask.inputs.listening:listen"
ADD_NOISE = "sametask.inputs.sounds:add_noise"
CTC, DECODER = "Wav2Vec2ForCTC", "SpeechEncoderDecoderModel"
ENGLISH, GERMAN = "wav2vec2.encoder.layers.1", "encoder.encoder.layers.1"
RATE = 16_000
SIZES = {"fit": 24, "test": 20}
WORDS = ["the", "city", "gives", "good", "coffee", "never", "bad", "rain"]


def tokeniser(folder, letters="abcdefghijklmnopqrstuvwxyz", padding="<pad>"):
    """A tokeniser of letters, saved into a folder."""
    names = ["<pad>", "<unk>", "|", *letters]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(
        json.dumps({name: place for place, name in enumerate(names)})
    )
    made = transformers.Wav2Vec2CTCTokenizer(
        str(folder / "vocab.json"), unk_token="<unk>", pad_token=padding, word_delimiter_token="|",
        bos_token=None, eos_token=None,
    )  # fmt: skip
    made.save_pretrained(folder)
    return made


def extractor(folder, **keys):
    """A feature extractor, saved into a folder."""
    made = transformers.Wav2Vec2FeatureExtractor(
        **{"sampling_rate": RATE, "do_normalize": True, "return_attention_mask": True} | keys
    )
    made.save_pretrained(folder)


def heard(**keys):
    """The configuration of a small network whose step is 320 numbers of a sound."""
    sizes = {
        "vocab_size": 29, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 24, "conv_dim": [8] * 3, "conv_kernel": [20, 8, 4],
        "conv_stride": [10, 8, 4], "num_feat_extract_layers": 3, "feat_extract_norm": "layer",
        "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2, "pad_token_id": 0,
        "initializer_range": 0.3,
    }  # fmt: skip
    return transformers.Wav2Vec2Config(**sizes | keys)


def english(folder, **keys):
    """A network that writes letters, in a folder with its tokeniser and its feature extractor."""
    saved(folder, CTC, heard(**keys))
    tokeniser(folder)
    extractor(folder)


def german(folder, **keys):
    """An encoder–decoder whose step is 400 numbers of a sound, in a folder likewise."""
    sizes = {"hidden_size": 8, "conv_kernel": [20, 8, 5], "conv_stride": [10, 8, 5]} | keys
    decoder = transformers.BartConfig(
        vocab_size=29, d_model=8, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
        max_position_embeddings=16, pad_token_id=0, bos_token_id=1, eos_token_id=2, init_std=0.5,
        decoder_start_token_id=1, is_decoder=True, add_cross_attention=True, dropout=0.0,
    )  # fmt: skip
    config = transformers.SpeechEncoderDecoderConfig.from_encoder_decoder_configs(
        heard(**sizes), decoder, decoder_start_token_id=1, pad_token_id=0, eos_token_id=2
    )
    saved(folder, DECODER, config, seed=3)
    tokeniser(folder)
    extractor(folder)


def make_folders(folder):
    """Write both networks."""
    english(folder / "english")
    german(folder / "german")


def loaded(folder, kind, generate=None):
    """Read a network of a folder."""
    return read_pretrained(PretrainedFiles.of(folder), kind, {}, generate).network


def sounds(*lengths, width=None, seed=0):
    """Rows of noise of these lengths."""
    draw = np.random.default_rng(seed)
    clips = [as_sound(3000 * draw.standard_normal(length)) for length in lengths]
    return encode_sounds(clips, width or max(lengths))


def given_of(folder, samples, **how):
    """What the network in a folder is given for sounds, as records."""
    return join_fields(listen(samples, str(folder), **how))


def positions_of(network, layer, given):
    """The layout of a layer, and what is measured of it (n, R, t) of records."""
    tensors = to_network(network, given)
    layout = Layout.of(network, [layer], "all", rows(tensors, slice(0, 1)), None, "frames")
    seen = observe(network, [layer], tensors)
    return layout, join_layers(layout, list(seen.outputs.values()), tensors)


def wav(sound, rate=RATE):
    """The bytes of a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def corpus(folder, rate=RATE, **others):
    """A data set of clips of noise with texts, its splits ``fit`` and ``test``.

    ``others`` are the sounds of row 10 of a split.
    """
    draw = np.random.default_rng(5)

    def split(name, count):
        lengths = draw.integers(4000, 8000, count)
        rows = {"audio": [], "text": [], "german": []}
        for row, length in enumerate(lengths):
            sound = as_sound(2000 * draw.standard_normal(length))
            sound = others.get(name, sound) if row == 10 else sound
            rows["audio"].append({"bytes": wav(sound, rate), "path": None})
            for column in ("text", "german"):
                rows[column].append(" ".join(draw.choice(WORDS, 3)))
        return Dataset.from_dict(rows).cast_column("audio", Audio(decode=False))

    DatasetDict({name: split(name, count) for name, count in SIZES.items()}).save_to_disk(folder)


def network(folder, kind, layer, by, column, **generated):
    """A network of an experiment, which hears by its own feature extractor."""
    return {
        "pretrained": {"source": str(folder), "class": kind} | generated,
        "view": {"function": LISTEN, "arguments": {"network": str(folder)}},
        "layers": layer,
        "batch": 32,
        "transcript": {"tokeniser": str(folder), "by": by, "column": column},
    }


def experiment(folder, **changes):
    """An experiment on clips of noise, to which noise is added."""
    generate = {"generate": {"tokens": 6}}
    return {
        "description": "Clips.",
        "inputs": {
            "domain": "speech", "source": str(folder / "data"), "split": "fit",
            "test_split": "test", "texts": ["text", "german"], "longest": 0.5,
        },
        "samples": SIZES,
        "positions": {"of": "frames", "per_clip": 5, "samples": 100, "context": 1},
        "perturbations": {
            "count": 8, "delta": 0.05, "along": ADD_NOISE, "arguments": {"level": 0.05},
        },
        "task": {"kind": "transcription"},
        "networks": {
            "english": network(folder / "english", CTC, ENGLISH, "ctc", "text"),
            "german": network(folder / "german", DECODER, GERMAN, "tokens", "german", **generate),
        },
        "diffusion": {"coordinates": 3},
        "alignment": {"shuffles": 99},
    } | changes  # fmt: skip
