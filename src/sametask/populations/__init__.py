"""Populations: many small networks trained at once, their weights at every epoch as data.

Source: Caselles Rico, "Learning hyper-representations of neural networks" (master's thesis, 2021).
"""
