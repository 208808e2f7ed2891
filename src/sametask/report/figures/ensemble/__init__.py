"""Figures of an ensemble of networks: its data, and its neurons as random vectors."""
