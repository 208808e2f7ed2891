"""The map: planted equivalences are recovered, it comes back from disk as it was, and stitches."""

import numpy as np
import pytest
import torch

from sametask import Transformation
from sametask.activations.hooks import record
from sametask.activations.joining import join_layers
from sametask.activations.layout import Layout
from sametask.base.errors import DataError, StoreError
from sametask.diffusion.embedding import embed, euclidean_coordinates
from sametask.examples.small_networks import mlp
from sametask.geometry.covariance import jacobian_spectrum
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.maps.baselines import direct_rbf_map, mean_map
from sametask.maps.fitting import fit_maps
from sametask.maps.routes import Side, coordinate_maps, random_rotation
from sametask.maps.transformation import Measured, save_maps
from sametask.matching.matched_maps import intrinsic_maps
from sametask.report.wording.maps import MAPS
from sametask.statistics.procrustes import procrustes
from sametask.storage import store

SIGMA = 0.01


def side(values, derivatives, coordinates=10):
    """Embed one network's activations (N, m) by their derivatives (N, m, d)."""
    rank = derivatives.shape[2]
    frames = whitening(*jacobian_spectrum(derivatives, SIGMA), rank)
    distances = mahalanobis_distances(values, frames, SIGMA)
    settings = coordinates, "knn", 2, "leading", rank
    own = embed(distances, *settings).eigenvectors
    return Side(values, values, own, euclidean_coordinates(values, *settings))


def spiral(x):
    """One smooth curve, and its derivative, for x (n, 1)."""
    values = torch.cat([x * torch.cos(2 * x), x * torch.sin(2 * x)], dim=1)
    slope = torch.cat(
        [
            torch.cos(2 * x) - 2 * x * torch.sin(2 * x),
            torch.sin(2 * x) + 2 * x * torch.cos(2 * x),
        ],
        dim=1,
    )
    return values, slope[:, :, None]


def parabola(x):
    """Another curve: the diffeomorphism between the two is known in closed form."""
    return torch.cat([x, x**2, torch.exp(x)], dim=1), torch.stack(
        [torch.ones_like(x), 2 * x, torch.exp(x)], dim=1
    )


def relative(found, actual):
    return ((found - actual).square().sum() / (actual - actual.mean(0)).square().sum()).item()


@pytest.fixture(scope="module")
def curves():
    """Both curves on 300 fit and 500 other inputs of [0, 2), and the maps between them."""
    fit = 2 * torch.arange(300, dtype=torch.float64)[:, None] / 300
    test = 2 * torch.rand(500, 1, generator=torch.Generator().manual_seed(1)).double() * 299 / 300
    a, b = side(*spiral(fit)), side(*parabola(fit))
    maps = fit_maps(a, b, procrustes(a.coordinates, b.coordinates), smoothing=0.0).maps
    measured = [
        Measured(name, Layout(("h",), ((width,),), tuple(range(width))), (1,))
        for name, width in (("spiral", 2), ("parabola", 3))
    ]
    return fit, test, a, b, maps, measured


def of(curves, name="intrinsic"):
    *_, maps, measured = curves
    return Transformation(maps[name], *measured)


def test_the_report_says_what_each_map_is(curves):
    *_, maps, _ = curves
    assert set(maps) <= set(MAPS)


def test_both_curves_have_the_same_coordinates_up_to_a_rotation(curves):
    _, _, a, b, _, _ = curves
    rotation = procrustes(a.coordinates, b.coordinates)
    assert (a.coordinates @ rotation - b.coordinates).square().mean() < 1e-6


@pytest.mark.parametrize(("name", "bound"), [("intrinsic", 1e-6), ("direct_rbf", 1e-9)])
def test_an_analytic_diffeomorphism_is_recovered(curves, name, bound):
    _, test, *_ = curves
    there, back = spiral(test)[0], parabola(test)[0]
    assert relative(of(curves, name)(there), back) < bound
    assert relative(of(curves, name)(back, "b_to_a"), there) < bound


def test_shuffled_pairs_do_not_pass(curves):
    _, test, a, b, _, measured = curves
    order = torch.randperm(300, generator=torch.Generator().manual_seed(2))
    shuffled = Side(*(values[order] for values in (b.measured, b.whole, b.coordinates)))
    rotation = procrustes(a.coordinates, shuffled.coordinates)
    maps = fit_maps(a, shuffled, rotation, smoothing=0.0).maps
    errors = {
        name: [
            relative(Transformation(maps[name], *measured)(start), end)
            for start, end in ((a.measured, shuffled.whole), (spiral(test)[0], parabola(test)[0]))
        ]
        for name in ("intrinsic", "thesis")
    }
    assert min(errors["intrinsic"]) > 0.5
    # The thesis's route meets any pairing on the samples that it was fitted on, and no others.
    assert errors["thesis"][0] < 1e-6
    assert errors["thesis"][1] > 0.5


@pytest.mark.parametrize("name", ["identity", "random"])
def test_the_rotation_cancels_out_of_the_thesis_route_alone(curves, name):
    _, test, a, b, _, measured = curves
    other = {"identity": torch.eye(10).double(), "random": random_rotation(10, seed=5)}[name]
    for direction, ends in (("a_to_b", (a, b)), ("b_to_a", (b, a))):
        values = (spiral if direction == "a_to_b" else parabola)(test)[0]
        turned = coordinate_maps(*ends, other, smoothing=0.0)
        thesis, intrinsic = (
            Transformation({direction: turned[route]}, *measured)(values, direction)
            for route in ("thesis", "intrinsic")
        )
        torch.testing.assert_close(
            thesis, of(curves, "thesis")(values, direction), atol=1e-8, rtol=0
        )
        assert relative(intrinsic, of(curves)(values, direction)) > 1e-3


@pytest.mark.parametrize("name", ["identity", "random", "euclidean"])
def test_each_part_of_the_intrinsic_route_is_needed(curves, name):
    _, test, *_ = curves
    there, back = spiral(test)[0], parabola(test)[0]
    ablation = of(curves, f"intrinsic_{name}")
    assert relative(ablation(there), back) > 1e4 * relative(of(curves)(there), back)
    assert relative(ablation(back, "b_to_a"), there) > 1e4 * relative(
        of(curves)(back, "b_to_a"), there
    )


def test_random_rotations_are_orthogonal_and_follow_the_seed():
    rotation = random_rotation(6, seed=1)
    torch.testing.assert_close(rotation @ rotation.mT, torch.eye(6).double())
    assert torch.equal(rotation, random_rotation(6, seed=1))
    assert not torch.allclose(rotation, random_rotation(6, seed=2))
    # Each as likely as any other: the mean of many is zero, also on the diagonal.
    mean = torch.stack([random_rotation(3, seed) for seed in range(400)]).mean(0)
    assert mean.abs().max() < 0.15


def test_what_euclidean_coordinates_lack_ends_no_other_map(curves, caplog):
    _, _, a, b, maps, _ = curves
    rotation = procrustes(a.coordinates, b.coordinates)
    without = Side(a.measured, a.whole, a.coordinates)
    assert set(maps) - set(fit_maps(without, b, rotation, 0.0).maps) == {"intrinsic_euclidean"}
    # All samples coincide in them.
    few = Side(a.measured, a.whole, a.coordinates, a.euclidean.clone())
    few.euclidean[:] = 1.0
    assert set(maps) - set(fit_maps(few, b, rotation, 0.0).maps) == {"intrinsic_euclidean"}
    assert "distinct samples" in caplog.text
    # Fewer coordinates of one network are compared with as many of the other.
    fewer = Side(a.measured, a.whole, a.coordinates, a.euclidean[:, :4])
    ablation = fit_maps(fewer, b, rotation, 0.0).maps["intrinsic_euclidean"]
    assert ablation["b_to_a"]["rotation"].matrix.shape == (4, 4)


def test_a_map_comes_back_from_disk_bit_for_bit(curves, tmp_path):
    _, test, _, _, maps, measured = curves
    with store.create(tmp_path / "t.zarr", "transformation") as writer:
        save_maps(writer, maps, *measured)
    assert not [p for p in (tmp_path / "t.zarr").rglob("*") if p.suffix in (".pt", ".pkl")]
    for name in maps:
        loaded = Transformation.load(tmp_path / "t.zarr", map=name)
        for direction, values in (("a_to_b", spiral(test)[0]), ("b_to_a", parabola(test)[0])):
            assert torch.equal(loaded(values, direction), of(curves, name)(values, direction))
    with pytest.raises(StoreError, match="did you mean 'intrinsic'"):
        Transformation.load(tmp_path / "t.zarr", map="intrinsik")


def test_rows_are_independent_and_differentiable(curves):
    _, test, *_ = curves
    values = spiral(test[:6])[0].requires_grad_()
    whole = of(curves)(values)
    single = torch.cat([of(curves)(row[None]) for row in values])
    torch.testing.assert_close(whole, single, atol=1e-9, rtol=0)
    whole.sum().backward()
    assert torch.isfinite(values.grad).all()
    assert values.grad.abs().sum() > 0


def test_the_derivative_is_that_of_the_diffeomorphism(curves):
    _, test, *_ = curves
    inner = test[(test > 0.2).squeeze() & (test < 1.8).squeeze()][:5]
    values, slope = spiral(inner)
    jacobian = torch.autograd.functional.jacobian(lambda v: of(curves)(v).sum(0), values)
    pushed = torch.einsum("onm,nm->no", jacobian, slope[:, :, 0])
    np.testing.assert_allclose(pushed, parabola(inner)[1][:, :, 0], rtol=0.02, atol=0.02)


def test_wrong_activations_and_directions_are_named(curves):
    with pytest.raises(DataError, match=r"spiral has 2 measured neurons, got .*3"):
        of(curves)(torch.zeros(4, 3).double())
    with pytest.raises(DataError, match="did you mean 'a_to_b'"):
        of(curves)(torch.zeros(4, 2).double(), "a_to_c")


def test_identical_networks_stitch_to_themselves():
    torch.manual_seed(0)
    network = mlp([1, 5, 5, 1]).double()
    fit = torch.linspace(-1, 1, 80).double()[:, None]
    layout = Layout.of(network, ["tanh1"], [0, 2, 4], fit)
    with torch.no_grad():
        whole = join_layers(layout, record(network, ["tanh1"], fit))
    # The map lifts to the whole layer from three of its neurons.
    chain = {way: direct_rbf_map(layout.measure(whole), whole) for way in ("a_to_b", "b_to_a")}
    measured = Measured("net", layout, (1,))
    stitched = Transformation(chain, measured, measured).stitch(network, network)
    inputs = torch.rand(50, 1).double() * 1.9 - 0.95
    torch.testing.assert_close(stitched(inputs), network(inputs), atol=1e-5, rtol=0)
    inputs.requires_grad_()
    stitched(inputs).sum().backward()
    assert torch.isfinite(inputs.grad).all()


def test_a_stitched_target_never_sees_the_input():
    torch.manual_seed(0)
    a, b = mlp([1, 4, 1]).double(), mlp([1, 4, 1]).double()
    layout = Layout.of(a, ["tanh1"], "all", torch.zeros(1, 1).double())
    chain = {way: mean_map(torch.zeros(3, 4).double(), torch.ones(3, 4).double())
             for way in ("a_to_b", "b_to_a")}  # fmt: skip
    measured = Measured("net", layout, (1,))
    stitched = Transformation(chain, measured, measured).stitch(a, b)
    outputs = stitched(torch.randn(20, 1).double())
    torch.testing.assert_close(outputs, outputs[:1].expand(20, 1))


def test_the_intrinsic_route_of_matching_needs_no_equal_numbers_of_samples(curves):
    _, test, a, b, *_ = curves
    rotation = procrustes(a.coordinates, b.coordinates)
    few = Side(b.measured[:200], b.whole[:200], b.coordinates[:200])
    found = intrinsic_maps(a, few, {"intrinsic": rotation, "turned": -rotation}, smoothing=0.0)
    # No lift through rows that do not correspond, and one encoder and lift for every rotation.
    assert set(found) == {"intrinsic", "turned"}
    assert found["turned"]["lift"] is found["intrinsic"]["lift"]
    values = spiral(test)[0]
    for stage in found["intrinsic"].values():
        values = stage(values)
    assert values.shape == (500, 3)
