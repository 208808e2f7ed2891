"""What weights reveal: the weights of many networks as data, and what can be told from them.

Source: Caselles Rico, "Learning hyper-representations of neural networks" (master's thesis, 2021).
"""
