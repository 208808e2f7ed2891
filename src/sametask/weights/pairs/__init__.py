"""Pairs of networks of a population: do distances of weights say whether tasks are the same?"""
