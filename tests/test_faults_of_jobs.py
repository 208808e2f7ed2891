"""Bad input that only a job can find out: one line names it, and nothing half-written is left."""

import shutil

import pytest
from refusals import cut, refusal, the_line
from workflow_helpers import artifacts, copy_of, run, script, snakemake

from sametask.base.errors import DataError, SametaskError
from sametask.config import Verdict
from sametask.config.sections.recording import Recording
from sametask.networks import save
from sametask.storage import store

# A user's own module: a network with a pole at a sample.
OWN_NETWORKS = """
from torch import nn


class Pole(nn.Module):
    def __init__(self, place):
        super().__init__()
        self.place, self.inverse = place, nn.Identity()

    def forward(self, x):
        return self.inverse(1 / (x - self.place))
"""


@pytest.fixture
def own_networks(tmp_path, monkeypatch):
    (tmp_path / "own_networks.py").write_text(OWN_NETWORKS)
    monkeypatch.syspath_prepend(tmp_path)
    import own_networks

    return own_networks


def test_activations_that_are_not_finite_are_named(undisturbed, own_networks, tmp_path):
    samples = undisturbed / "results/tiny/samples.zarr"
    pole = float(store.open_store(samples, "samples")["fit/inputs"][5, 0])
    origin = {"factory": "own_networks:Pole", "arguments": {"place": pole}}
    folder = tmp_path / "network"
    folder.mkdir()
    save(folder, own_networks.Pole(pole), origin)
    measure = {
        "view": None, "layers": ["inverse"], "neurons": "all", "axes": None, "dtype": "float64",
        "batch": 16,
    }  # fmt: skip
    settings = Recording(
        network=origin,
        measure=measure,
        inputs={"domain": "interval", "low": -1, "high": 1},
        perturbations={"count": 4, "delta": 0.05},
        derivatives=False,
        positions=None,
        seed=0,
        samples={"fit": 20, "test": 20},
        pool=0,
    )
    extract = script("extract_activations")
    refusal(
        lambda: extract(samples, folder, [], tmp_path / "a.zarr", "pole", settings, 0, {}),
        words=["network 'pole'", "layer 'inverse'", "sample 5 ", "inf"],
    )
    assert not (tmp_path / "a.zarr").exists()


def embed(folder, output, geometry="deep", **settings):
    """Call the function of ``embed_diffusion`` on the stores of an undisturbed run."""
    place = folder / "results" / "tiny"
    script("embed_diffusion")(
        place / "deep" / "activations.zarr",
        place / geometry / "geometry.zarr",
        output,
        "deep",
        "native",
        {"coordinates": 4, "bandwidth": "knn", "neighbour": 2, "selection": "leading"} | settings,
        {},
    )


def test_more_coordinates_than_the_kernel_has_are_no_diffusion_map(undisturbed, tmp_path):
    embed(undisturbed, tmp_path / "d.zarr", coordinates=40, bandwidth=100.0)
    written = store.open_store(tmp_path / "d.zarr", "diffusion")
    assert written.arrays == []
    words = "network 'deep'", "diffusion.coordinates: 40 asked for", "at most ", "bandwidth"
    the_line(written.failed, *words)


def test_an_ablation_without_a_bandwidth_ends_nothing(undisturbed, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise DataError("bandwidth: duplicates")

    for name, found in (("whole", True), ("without", False)):
        if not found:
            place = "sametask.diffusion.network_embedding.euclidean_coordinates"
            monkeypatch.setattr(place, refuse)
        embed(undisturbed, tmp_path / name, bandwidth=1e-3)
        written = store.open_store(tmp_path / name, "diffusion")
        assert ("euclidean/eigenvectors" in written) == found
        assert written["eigenvectors"].shape == (48, 4)


def test_a_store_made_from_other_parents_is_refused(undisturbed, tmp_path):
    words = ["shallow/geometry.zarr", "made from another activations", "delete"]
    refusal(lambda: embed(undisturbed, tmp_path / "d.zarr", geometry="shallow"), words=words)
    assert not (tmp_path / "d.zarr").exists()


def flip(path, place=-1):
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_damaged_store_is_named_and_its_advice_works(undisturbed, tmp_path):
    folder = copy_of(undisturbed, tmp_path / "copy")
    place = folder / "results" / "tiny" / "deep"
    chunk = max(
        (path for path in (place / "geometry.zarr").rglob("c/**/*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    name = str(chunk.relative_to(place / "geometry.zarr"))
    flip(chunk)
    refusal(
        lambda: embed(folder, tmp_path / "d.zarr"),
        words=["geometry.zarr", f"{name} is damaged", "delete the store and run again"],
    )
    shutil.rmtree(place / "diffusion.zarr")
    target = "results/tiny/deep/diffusion.zarr"
    status, printed = snakemake(folder, target)
    assert status != 0
    line = the_line(printed, "sametask: error:", "geometry.zarr", "damaged", "delete the store")
    assert "logs/embed_diffusion.log" in line
    assert "Traceback" not in printed
    # Shorter files are found by the next run itself.
    cut(chunk, 10)
    the_line(run(folder, target), f"geometry.zarr: {name} is truncated; it is made again")
    assert artifacts(folder) == artifacts(undisturbed)


def verdict_of(folder, output, a="shallow", b="deep", other=None):
    """Call the script of ``reach_verdict`` on the stores of a run."""
    results = folder / "results" / "tiny"
    names = {"a": a, "b": b, "untrained_a": "shallow_untrained", "untrained_b": "deep_untrained"}
    paths = {
        f"activations_{role}": results / name / "activations.zarr" for role, name in names.items()
    }
    paths["activations_b"] = other or paths["activations_b"]
    for kind in ("evaluation", "task"):
        paths[kind] = results / "shallow-deep" / f"{kind}.zarr"
    judged = results / "shallow-deep" / "evaluation.json"
    outputs = [output / "verdict.zarr", output / "verdict.json"]
    script("reach_verdict")(paths, judged, outputs, Verdict(resamples=99), 99, 0, {})
    return outputs


def test_unpaired_or_differently_ordered_samples_are_refused_by_digest(undisturbed, tmp_path):
    """The same rows in another order are other activations: their digest differs."""
    recorded = undisturbed / "results" / "tiny" / "deep" / "activations.zarr"
    original = store.open_store(recorded, "activations")
    parents = {**original.parents, "samples": "0" * 64}
    reordered = tmp_path / "reordered.zarr"
    with store.create(reordered, "activations", parents=parents) as writer:
        for name in ("fit/samples", "fit/perturbed", "test/samples", "test/outputs"):
            writer.array(name, original[name][::-1], ["sample"])
        writer.attributes |= original.attributes
    with pytest.raises(SametaskError, match="made from another activations_b than the one given"):
        verdict_of(undisturbed, tmp_path, other=reordered)
    assert not (tmp_path / "verdict.json").exists() and not (tmp_path / "verdict.zarr").exists()


def test_an_evaluation_of_another_pair_is_refused(undisturbed, tmp_path):
    with pytest.raises(
        SametaskError, match=r"evaluation\.zarr: was made from another activations_a than"
    ):
        verdict_of(undisturbed, tmp_path, a="deep", b="shallow")


def test_a_verdict_repeats_itself(undisturbed, tmp_path):
    outputs = verdict_of(undisturbed, tmp_path)
    again = verdict_of(undisturbed, tmp_path / "again")
    assert outputs[1].read_text() == again[1].read_text()
    found = [store.open_store(one[0], "verdict").digest for one in (outputs, again)]
    assert found[0] == found[1]
