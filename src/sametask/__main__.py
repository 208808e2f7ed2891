"""``python -m sametask`` is the command line ``sametask``."""

from sametask.cli.main import main

main()
