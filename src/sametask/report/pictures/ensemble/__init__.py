"""The figures of an ensemble of networks, with their words."""
