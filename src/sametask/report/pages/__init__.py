"""The pages: experiments, matches, positions, the benchmark, and the summary."""

from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
