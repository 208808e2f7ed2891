"""Networks that share only a few inputs: a match of their samples, and maps from it.

There is no verdict on such a pair. Each network has its own samples, local geometry and diffusion
coordinates. ``spectral`` makes first guesses of the rotation between the coordinates and refines
them coordinate by coordinate. ``charts`` and ``isometry`` move the matched places until local
lengths agree. ``candidates`` combines these steps. ``rivals`` keeps the candidates that are as good
as the best. ``match`` chooses among them, or says why there is no match.
"""
