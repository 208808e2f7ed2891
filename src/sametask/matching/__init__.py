"""Networks that share only a few inputs: a match of their samples, and maps from it, no verdict.

Each network has samples, local geometry and diffusion coordinates of its own. ``spectral`` has
first guesses at the rotation between the coordinates and refines them coordinate by
coordinate, ``charts`` and ``isometry`` move the matched places until local lengths agree,
``candidates`` puts these together, ``rivals`` keeps those that are as good as the best, and
``match`` chooses, and says when there is no match to be found.
"""
