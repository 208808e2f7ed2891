"""Networks whose neurons are merged, or left out, and the repair of what that changes.

Networks are n of one shape; ``labels`` (n, K) are clusters of their neurons from 0 on.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from sametask.networks.stacked import StackedPerceptron
from sametask.neurons.shrinking.original import Original
from sametask.statistics.ridge import ridge
from sametask.weights.symmetries import SCALED

# Variances below this share of the largest one are round-off.
NEGLIGIBLE = 1e-12


def _shares(joined: Tensor, importance: Tensor) -> Tensor:
    """Return the share (n, K, k) that each neuron has in its cluster, by importance (n, K).

    ``joined`` (n, K, k) is 1 where a neuron is in a cluster. Neurons of a cluster without
    importance have equal shares.
    """
    given = joined * importance[..., None]
    total = given.sum(dim=1, keepdim=True)
    given = torch.where(total > 0, given, joined)
    return given / given.sum(dim=1, keepdim=True).clamp_min(torch.finfo(given.dtype).tiny)


def tie(original: Original, labels: Tensor) -> StackedPerceptron:
    """Return networks in which every row is the mean of its network's rows in its cluster.

    The scheme of the source: biases and other layers stay, and so does the number of neurons.
    """
    joined = one_hot(labels).to(original.rows)
    rows = original.rows[..., :-1]
    mean = joined @ (_shares(joined, torch.ones_like(joined[..., 0])).mT @ rows)
    kernels = list(original.stack.weights)
    kernels[original.layer - 1] = mean.mT
    return StackedPerceptron(
        kernels, original.stack.biases, [original.activation] * (len(kernels) - 1)
    ).requires_grad_(False)


def fold(original: Original, labels: Tensor) -> StackedPerceptron:
    """Return networks with one neuron for each cluster.

    Weights into it are the mean over the cluster, weighted by the lengths of the weights out of its
    neurons; weights out of it are the sum. With ReLU, a neuron is first scaled so that the weights
    into it have length 1, and those out of it grow by as much: copies that differ by a positive
    factor then leave the function as it is. The variance is repaired after that, see ``repaired``.
    """
    joined = one_hot(labels).to(original.rows)
    lengths = torch.ones_like(joined[..., :1])
    if original.activation in SCALED:
        norms = original.rows.norm(dim=-1, keepdim=True)
        lengths = norms.where(norms > 0, 1.0)
    rows, out = original.rows / lengths, original.out * lengths
    shares = _shares(joined, out.norm(dim=-1))
    merged = original.replaced(shares.mT @ rows, joined.mT @ out)
    return repaired(original, merged, joined)


def repaired(original: Original, merged: StackedPerceptron, joined: Tensor) -> StackedPerceptron:
    """Return merged networks whose neurons vary as much as what they stand for.

    What a cluster contributes to the next layer is Σⱼ aⱼ vⱼ, with activations aⱼ and weights out vⱼ
    of its neurons; weights out of the merged neuron are multiplied so that its contribution has the
    same variance on the rows, summed over the next layer's units. The biases there then take up
    the difference of the means.
    """
    place = original.layer
    wanted = (joined * (original.together @ joined)).sum(dim=1)
    answers = merged(original.inputs)[place - 1]
    out = merged.weights[place]
    given = answers.var(dim=1) * out.square().sum(dim=-1)
    alive = given > NEGLIGIBLE * wanted.amax(dim=1, keepdim=True)
    factor = (wanted.clamp_min(0) / given.where(alive, 1.0)).sqrt().where(alive, 1.0)
    out = out * factor[..., None]
    missing = (original.sums - answers @ out).mean(dim=1, keepdim=True)
    return original.moved(merged, out, missing)


def drop(original: Original, kept: Tensor) -> StackedPerceptron:
    """Return networks with some of the neurons, ``kept`` (n, k), and nothing else changed."""
    rows = original.rows.take_along_dim(kept[..., None], dim=1)
    return original.replaced(rows, original.out.take_along_dim(kept[..., None], dim=1))


def refit(original: Original, shrunk: StackedPerceptron) -> StackedPerceptron:
    """Return shrunk networks whose weights out of the neurons are fitted anew.

    The next layer is to receive on the rows what it received before. What is missing is explained
    by ridge regression on the neurons that are left; networks that miss nothing stay as they are.
    """
    answers = shrunk(original.inputs)[original.layer - 1]
    out, bias = shrunk.weights[original.layer], shrunk.biases[original.layer]
    matrix, offset = ridge(answers, original.sums - torch.baddbmm(bias, answers, out))
    return original.moved(shrunk, out + matrix, bias + offset[:, None])
