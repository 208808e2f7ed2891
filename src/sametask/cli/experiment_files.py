"""Where the files of experiments are."""

from pathlib import Path

EXPERIMENTS = Path("config/experiments")
