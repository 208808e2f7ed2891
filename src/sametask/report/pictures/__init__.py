"""The figures of a page, each with its title, caption, and what to see in it."""
