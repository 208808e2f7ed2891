"""Distillation: Gaussian algebra against brute force, transformed priors, students, scores."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.config.sections.distillation_section import Distillation
from sametask.neurons.data.rows import Rows
from sametask.neurons.distillation.bayesian import Posterior, Prior
from sametask.neurons.distillation.gaussians import Gaussian
from sametask.neurons.distillation.perceptrons import Shape
from sametask.neurons.distillation.rows import Answered, divided
from sametask.neurons.distillation.scores import calibration_error, compared, holm
from sametask.neurons.distillation.study import distil, transformed
from sametask.neurons.distillation.teachers import laplace
from sametask.neurons.distillation.transformed import of_student, without_layer, without_neurons

SMALL = {"teacher": [4, 4], "student": [2, 2], "rows": [5, 10], "seeds": 3, "steps": 20}
SHARES = {"teacher": 0.5, "validation": 0.2, "held_out": 0.3}


def drawn(stream, *shape):
    return generator(0, stream).standard_normal(shape)


def gaussian(size):
    root = drawn("root", size, size + 2)
    return Gaussian(drawn("mean", size), root @ root.T / size)


def blobs(count=60):
    """Return rows of three classes that lie apart."""
    wanted = np.arange(count) % 3
    inputs = 2 * drawn("centres", 3, 5)[wanted] + drawn("noise", count, 5)
    return Rows(inputs.astype(np.float32), wanted, np.zeros((1, count), bool))


def test_conditioning_is_regression_on_what_is_known():
    whole, places, values = gaussian(6), np.array([4, 1]), np.array([0.5, -1.0])
    found = whole.conditioned(places, values)
    # The precision of the others given the known is their block of the joint precision.
    others = np.array([0, 2, 3, 5])
    joint = np.linalg.inv(whole.covariance)
    expected = np.linalg.inv(joint[np.ix_(others, others)])
    shift = expected @ joint[np.ix_(others, places)] @ (values - whole.mean[places])
    assert np.allclose(found.marginal(others).covariance, expected, atol=1e-10)
    assert np.allclose(found.mean[others], whole.mean[others] - shift, atol=1e-10)
    assert np.array_equal(found.mean[places], values)
    assert not found.covariance[places].any()


def test_conditioning_twice_is_conditioning_on_both():
    whole = gaussian(6)
    first, second = np.array([0]), np.array([3, 5])
    one = whole.conditioned(first, 1.0).conditioned(second, 0.0)
    both = whole.conditioned(np.array([0, 3, 5]), np.array([1.0, 0.0, 0.0]))
    assert np.allclose(one.mean, both.mean)
    assert np.allclose(one.covariance, both.covariance)


def test_conditioning_agrees_with_drawn_numbers():
    whole = gaussian(3)
    numbers = generator(0, "draws").multivariate_normal(whole.mean, whole.covariance, 400_000)
    near = numbers[np.abs(numbers[:, 2]) < 0.05]
    found = whole.conditioned(np.array([2]), 0.0)
    assert np.allclose(near[:, :2].mean(axis=0), found.mean[:2], atol=0.05)
    assert np.allclose(np.cov(near[:, :2].T), found.covariance[:2, :2], atol=0.1)


def test_a_singular_covariance_is_said():
    flat = Gaussian(np.zeros(3), np.ones((3, 3)))
    with pytest.raises(DataError, match="singular"):
        flat.conditioned(np.array([0, 1]), 0.0)


def test_a_removed_neuron_changes_nothing_whatever_goes_into_it():
    shape = Shape.of([3, 4, 4, 2], "relu")
    posterior, kept = without_neurons(gaussian(shape.size), shape.layers, [2, 3])
    assert [len(one) for one in kept] == [2, 3]
    student = of_student(posterior, shape.layers, kept)
    small = Shape.of([3, 2, 3, 2], "relu")
    inputs = torch.from_numpy(drawn("inputs", 7, 3))
    answers = small.logits(torch.from_numpy(student.mean)[None], inputs)
    weights = torch.from_numpy(posterior.mean)[None].clone()
    gone = np.setdiff1d(np.arange(4), kept[0])
    weights[:, torch.from_numpy(shape.layers[0].of_units[gone].ravel())] = 100.0
    assert torch.allclose(shape.logits(weights, inputs), answers)


def test_independent_weights_stay_as_they_are():
    shape, small = Shape.of([3, 4, 2], "relu"), Shape.of([3, 2, 2], "relu")
    independent = Gaussian(drawn("mean", shape.size), np.diag(1 + drawn("spread", shape.size) ** 2))
    student = transformed(shape, independent, small.hidden)
    assert np.isin(student.mean, independent.mean).all()
    assert np.count_nonzero(student.covariance) == small.size


def test_a_layer_at_the_identity_passes_on_its_input():
    shape, small = Shape.of([3, 4, 4, 2], "relu"), Shape.of([3, 4, 2], "relu")
    whole = gaussian(shape.size)
    student = without_layer(whole, shape.layers, 1)
    places = shape.layers[1].of_units
    same = whole.conditioned(places.ravel(), np.eye(4, 5).ravel())
    inputs = torch.from_numpy(drawn("inputs", 7, 3))
    answers = [
        some.logits(torch.from_numpy(one.mean)[None], inputs)
        for some, one in ((shape, same), (small, student))
    ]
    assert torch.allclose(*answers)
    with pytest.raises(DataError, match="layer 1 has 3 inputs and 4 units"):
        without_layer(whole, shape.layers, 0)


def test_laplace_is_exact_of_a_logistic_regression():
    shape = Shape.of([2, 3], "relu")
    weights, inputs = torch.from_numpy(drawn("w", 9)).float(), torch.from_numpy(drawn("x", 40, 2))
    inputs = inputs.float()

    def missed(of):
        classes = torch.arange(40) % 3
        logits = shape.logits(of[None], inputs)[0]
        return torch.nn.functional.cross_entropy(logits, classes, reduction="sum")

    hessian = torch.autograd.functional.hessian(missed, weights).double().numpy()
    found = laplace(weights, shape, inputs, 2.0)
    assert np.allclose(found.precision, hessian + 2 * np.eye(9), atol=1e-4)


def test_divergence_is_that_of_gaussians():
    precision = torch.from_numpy(np.linalg.inv(gaussian(4).covariance))[None]
    scale, mean = torch.tensor([0.5, 2.0]).double(), torch.from_numpy(drawn("m", 2, 4))
    own, spread = torch.from_numpy(drawn("own", 2, 4)), torch.rand(2, 4).double() + 0.1
    found = Prior(mean, precision, scale).divergence(own, spread)
    expected = kl_divergence(
        MultivariateNormal(own, spread.square().diag_embed()),
        MultivariateNormal(mean, scale[:, None, None] * precision.inverse()),
    )
    assert torch.allclose(found, expected)


def test_without_spread_a_posterior_predicts_like_its_network():
    shape = Shape.of([3, 4, 2], "relu")
    mean = torch.from_numpy(drawn("w", 2, shape.size)).float()
    inputs = torch.from_numpy(drawn("x", 2, 5, 3)).float()
    found = Posterior(mean, torch.zeros_like(mean)).predicted(shape, inputs, torch.Generator())
    expected = shape.logits(mean, inputs).log_softmax(dim=-1)
    assert torch.allclose(found, expected, atol=1e-4)


def test_no_row_is_in_two_parts():
    rows = blobs()
    rows.inputs[:, 0] = np.arange(60)
    parts = divided(rows, 2, SHARES, 10, 0)
    seen = torch.cat([part.inputs[..., 0] for part in parts.values()], dim=1)
    assert [len(one.unique()) for one in seen] == [60, 60]
    assert not torch.equal(parts["held_out"].shares[0], parts["held_out"].shares[1])


@pytest.mark.parametrize(
    ("rows", "largest", "said"),
    [
        (blobs(), 31, "31 are more than the 30"),
        (Rows(np.full((9, 2), np.nan), np.arange(9) % 3, np.zeros((1, 9), bool)), 2, "NaN"),
        (Rows(np.zeros((9, 2)), np.zeros((9, 1)), np.zeros((1, 9), bool)), 2, "classes"),
    ],
)
def test_bad_rows_are_said(rows, largest, said):
    with pytest.raises(DataError, match=said):
        divided(rows, 2, SHARES, largest, 0)


def test_holm_and_calibration_of_known_cases():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    sure, right = np.array([0.95, 0.95, 0.55, 0.55]), np.array([1.0, 1.0, 0.0, 1.0])
    assert calibration_error(sure, right) == pytest.approx((0.1 + 0.1) / 4)
    better = compared(drawn("a", 2, 10) * 0.1 - 1, np.zeros((2, 10)))
    assert max(better["p_t"] + better["p_wilcoxon"]) < 0.01
    assert max(better["high"]) < 0


@pytest.mark.parametrize(
    "changed",
    [{"student": [5, 2]}, {"student": [2, 2, 2]}, {"teacher": [4, 3], "student": [2]}],
)
def test_a_student_is_smaller_than_its_teacher(changed):
    with pytest.raises(ValueError, match="student:"):
        Distillation(**{**SMALL, **changed})


def test_a_study_is_the_same_again_and_stores_json():
    asked = Distillation(**SMALL)
    first, second = (distil(blobs(), asked, "relu", 0.3, 7) for _ in range(2))
    assert first == second
    assert np.shape(first["arms"]["transformed"]["nll"]) == (2, 3)
    assert first["shrunk"]["units"] == [4, 3, 2, 1]


def test_rows_of_first_are_nested():
    rows = Answered(torch.arange(6.0).reshape(1, 6, 1), torch.ones(1, 6, 1))
    assert torch.equal(rows.first(2).repeated(2).inputs, rows.inputs[:, :2].expand(2, -1, -1))
