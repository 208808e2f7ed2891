"""Functions that experiment files name: targets, small networks, simulations, scenes."""
