"""Figures over the domain of an experiment: lines, planes, fields, films."""
