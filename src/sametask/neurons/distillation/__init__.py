"""Distillation of a teacher into a small Bayesian student whose prior is the teacher's posterior.

The posterior is transformed to the student's shape by conditioning and marginalising. Source:
A. Grabovoy and V. Strijov, "Bayesian distillation of deep learning models" (2021).
"""
