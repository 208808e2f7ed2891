"""Figures of a population of networks and of what their weights reveal."""
