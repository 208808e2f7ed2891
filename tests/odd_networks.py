"""Networks whose passes are odd: each is made by name, as an experiment does."""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Odd(nn.Module):
    """Linear, something ``odd`` (n, 8), tanh, linear; ``act`` is the layer to measure."""

    def __init__(self, odd):
        super().__init__()
        self.one, self.odd, self.act, self.two = nn.Linear(3, 8), odd, nn.Tanh(), nn.Linear(8, 2)

    def forward(self, x):
        return self.two(self.act(self.odd(self.one(x))))


class Does(nn.Module):
    """A layer that applies a function to itself and what it is given."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(self, x)


class Kept(nn.Module):
    """A layer that keeps something from pass to pass."""

    def __init__(self, how):
        super().__init__()
        self.how, self.kept = how, None
        self.register_buffer("count", torch.zeros(()))
        self.gru = nn.GRU(8, 8, batch_first=True)

    def forward(self, x):
        if self.how == "counter":
            self.count += 1
            return x * (1 + 0.1 * self.count)
        if self.how == "state":
            x, self.kept = self.gru(x[:, None], self.kept)
            return x[:, 0]
        if self.how == "scale":  # found by the first pass there is
            self.kept = x.std(0) if self.kept is None else self.kept
            return x / self.kept
        if self.how == "last":
            x, self.kept = x + (0 if self.kept is None else self.kept), x.mean()
            return x
        self.kept = x if self.kept is None else self.kept
        return self.kept


class Lively(nn.Sequential):
    """Back in training mode in every pass."""

    def forward(self, x):
        return super().forward(x) if self.train().training else None


def ghost(_, x):
    """Batch statistics of blocks of four."""
    return torch.cat([part - part.mean(0) for part in x.split(4)])


def slope(_, x):
    """The gradient of an energy, as networks of mechanics put it out."""
    with torch.enable_grad():
        x = x.clone().requires_grad_()
        return torch.autograd.grad(x.square().cos().sum(), x, create_graph=True)[0]


NOISY = {
    "dropout": lambda: Does(lambda _, x: functional.dropout(x, 0.5)),  # training=True by default
    "rare dropout": lambda: Does(lambda _, x: functional.dropout(x, 1e-3)),
    "lively dropout": lambda: Lively(nn.Dropout(0.2)),
    "noise": lambda: Does(lambda _, x: x + 0.01 * torch.randn_like(x)),
    "noise of numpy": lambda: Does(lambda _, x: x * np.random.uniform(0.9, 1.1)),  # noqa: NPY002
    "random features": lambda: Does(lambda _, x: x[:, torch.randperm(8)]),
}
GENERATOR = torch.Generator()
KEPT = {
    "counter": lambda: Kept("counter"),
    "state": lambda: Kept("state"),
    "last batch": lambda: Kept("last"),
    "cache": lambda: Kept("cache"),
    "scale": lambda: Kept("scale"),
    "noise of its own": lambda: Does(lambda _, x: x + torch.rand(8, generator=GENERATOR).to(x)),
}
MIXED = {
    "batch statistics": lambda: nn.BatchNorm1d(8, track_running_stats=False),
    "no momentum": lambda: Lively(nn.BatchNorm1d(8, momentum=0.0)),
    "centred": lambda: Does(lambda _, x: x - x.mean(0)),
    "nearly centred": lambda: Does(lambda _, x: x - 1e-3 * x.mean(0)),
    "sorted": lambda: Does(lambda _, x: x.sort(0).values),
    "softmax": lambda: Does(lambda _, x: x.softmax(0)),
    "largest": lambda: Does(lambda _, x: x / x.abs().max()),
    "attention": lambda: Does(lambda _, x: x + (x @ x.mT).softmax(-1) @ x),
    "numbered": lambda: Does(lambda _, x: x + 0.01 * torch.arange(len(x))[:, None]),
    "rolled": lambda: Does(lambda _, x: x.roll(1, 0)),
    "blocks": lambda: Does(ghost),
    "many": lambda: Does(lambda _, x: x - x.mean(0) if len(x) > 100 else x),
}
FINE = {
    "nothing": nn.Identity,
    "dropout": lambda: nn.Dropout(0.5),
    "unused noise": lambda: Does(lambda self, x: x + self.training * torch.randn_like(x)),
    "batch norm": lambda: nn.BatchNorm1d(8),
    "layer norm": lambda: nn.LayerNorm(8),
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(8, 8)),
    "spectral norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8)),
    "instance norm": lambda: nn.Sequential(
        nn.Unflatten(1, (2, 4)), nn.InstanceNorm1d(2), nn.Flatten()
    ),
    "in place": lambda: nn.ReLU(inplace=True),
    "encoder": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
    "slope": lambda: Does(slope),
    "half": lambda: Does(lambda _, x: functional.hardtanh(x.bfloat16()).to(x.dtype) + x),
}


def odd(name, kind):
    torch.manual_seed(0)
    made = {"noisy": NOISY, "kept": KEPT, "mixed": MIXED, "fine": FINE}[kind][name]()
    if name == "encoder":
        made = nn.Sequential(nn.Unflatten(1, (1, 8)), made, nn.Flatten())
    return Odd(made)


class Answering(nn.Module):
    """A network whose answer is a function of what it computes and was given."""

    def __init__(self, function):
        super().__init__()
        self.function, self.act, self.net = function, nn.Tanh(), nn.Linear(3, 4)
        self.register_buffer("memory", torch.zeros(64, 4))

    def forward(self, x):
        return self.function(self, x)


def into_memory(self, x):
    self.memory[: len(x)] = self.act(self.net(x))
    return self.memory[: len(x)]


def in_place(self, x):
    h = self.act(self.net(x.mul_(3).add_(1)))
    return h + x.sum(1, keepdim=True)


def answering(function):
    """Return a factory of networks that put out ``function(h, x)`` of h (n, 4) and x (n, 3)."""
    return lambda: Answering(lambda self, x: function(self.act(self.net(x)), x))


ANSWERS = {
    "no axis": answering(lambda h, x: h.sum()),
    "another batch": answering(lambda h, x: h[:2]),
    "twice the batch": answering(lambda h, x: torch.cat([h, h])),
    "empty": answering(lambda h, x: h[:, :0]),
    "nan": answering(lambda h, x: (h - h) / (h - h)),
    "infinite": answering(lambda h, x: h / (h - h).abs()),
    "classes": answering(lambda h, x: h.argmax(1)),
    "truth": answering(lambda h, x: h > 0),
    "complex": answering(lambda h, x: h + 1j),
    "sparse": answering(lambda h, x: h.to_sparse()),
    "meta": answering(lambda h, x: h.to("meta")),
    "none": answering(lambda h, x: None),
    "huge": answering(lambda h, x: 1e160 * h),
    "exit": answering(lambda h, x: sys.exit("bye")),
    "raises": answering(lambda h, x: 1 / 0),
    "first ten": answering(lambda h, x: h[:10]),
    "squeezed": answering(lambda h, x: h.squeeze()),
}
LAYERS = {
    "no axis": lambda h: h.sum(),
    "empty": lambda h: h[:, :0],
    "nan": lambda h: (h - h) / (h - h),
    "huge": lambda h: 1e160 * (1 + h),
    "classes": lambda h: h.argmax(1, keepdim=True),
    "truth": lambda h: h > 0,
    "complex": lambda h: h + 1j,
    "sparse": lambda h: h.to_sparse(),
    "meta": lambda h: h.to("meta"),
    "text": lambda h: "h",
    "mixed axes": lambda h: h.flatten(),
}


def answers(name):
    return ANSWERS[name]()


def layer(name):
    """Return a network whose layer ``odd`` puts out something that nothing else needs."""
    made = Answering(lambda self, x: (h := self.act(self.net(x)), self.odd(h))[0])
    made.odd = Does(lambda _, h: LAYERS[name](h))
    return made
