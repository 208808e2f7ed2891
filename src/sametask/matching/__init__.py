"""Which sample of one network is which place of another, from a handful of shared inputs.

Each network has samples, local geometry and diffusion coordinates of its own. ``starts`` are
first guesses at the rotation between the coordinates, ``zoomout`` refines one coordinate by
coordinate, ``charts`` and ``isometry`` move the matched places until local lengths agree, and
``match`` puts them together, chooses, and says when there is no match to be found.
"""
