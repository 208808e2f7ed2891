"""Match the samples of two networks to places on each other's manifold, from few shared inputs.

Each network has its own samples, local geometry and diffusion coordinates. ``spectral`` makes first
guesses of the rotation between the coordinates and refines them coordinate by coordinate.
``charts`` and ``isometry`` move the matched places until local lengths agree. ``candidates``
combines these steps. ``rivals`` keeps the candidates that are as good as the best. ``match``
chooses among them, or says why there is no match.
"""
