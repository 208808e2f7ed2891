"""The command line ``sametask``."""
