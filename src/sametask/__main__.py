"""``python -m sametask`` is the command line ``sametask``."""

from sametask.cli import main

main()
