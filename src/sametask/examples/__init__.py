"""What only experiment files name: targets, small networks, simulations, scenes."""
