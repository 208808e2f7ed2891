"""The two answers of a verdict: what two networks learned, and what two layers hold."""
