"""One line instead of five that says why no SLURM could be tried."""

from cluster import why_not


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if any("tests/slurm/" in report.nodeid for report in skipped):
        terminalreporter.write_line(f"The tests on SLURM are left out: {why_not()}")
