"""Estimators of the mean and the covariance of every neuron of a layer."""
