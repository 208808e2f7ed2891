"""The tables of the pages, as plain rows of text."""
