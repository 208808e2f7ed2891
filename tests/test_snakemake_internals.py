"""What the workflow asks of Snakemake's internals: these tests tell when Snakemake changes."""

import pytest
from workflow_helpers import ROOT, snakemake

SNAKEFILE = """
from sametask.jobs import snakemake_internals as internals

with open("wanted") as file:
    WANTED = file.read().split()


def say(wildcards):
    internals.force(workflow, lambda output: str(output) in WANTED)
    internals.force(workflow, lambda output: True)
    told = {
        "first": internals.is_first_process(workflow),
        "touches": internals.only_touches(workflow),
        "plans": internals.only_plans(workflow),
        "conda": internals.by_conda(workflow),
        "made": [name for name in ("first", "last", "never") if internals.was_made(workflow, name)],
        "inputs": [internals.inputs_of(workflow, name) for name in ("last", "never")],
    }
    print("told", told, file=sys.stderr)
    return []


rule last:
    input: "first", "passing"
    output: "last"
    shell: "cat {input} > {output}"


rule first:
    input: say
    output: "first"
    shell: "echo 1 > {output}"


rule passing:
    output: temp("passing")
    shell: "echo 2 > {output}"


def temporary(rule):
    return [internals.is_temporary(output) for output in rule.output]


print("temporary", temporary(workflow.get_rule("passing")), temporary(workflow.get_rule("last")),
      file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "src").symlink_to(ROOT / "src")
    (tmp_path / "Snakefile").write_text("import sys\n" + SNAKEFILE)
    (tmp_path / "wanted").write_text("")
    return tmp_path


def told(folder, *arguments):
    """Run Snakemake; return what the first process was told, and which rules have jobs."""
    status, printed = snakemake(folder, "last", *arguments)
    assert status == 0, printed
    assert "temporary [True] [False]" in printed
    lines = [line for line in printed.splitlines() if line.startswith("told ")]
    rules = {name for name in ("last", "first", "passing") if f"rule {name}:" in printed}
    return lines[0], rules, printed


def test_snakemake_answers_as_the_workflow_needs(folder):
    line, rules, _ = told(folder)
    assert rules == {"last", "first", "passing"}
    assert "'first': True" in line and "'touches': False" in line
    assert "'plans': False" in line and "'conda': False" in line
    assert "'made': []" in line and "'inputs': [None, None]" in line
    # What has been made is known afterwards, and from what; nothing is made twice.
    line, rules, _ = told(folder)
    assert "'made': ['first', 'last']" in line
    assert "'inputs': [['first', 'passing'], None]" in line
    assert rules == set()


def test_what_is_wanted_is_made_again_and_dry_runs_say_so(folder):
    told(folder)
    (folder / "wanted").write_text("first")
    _, rules, _ = told(folder, "--dry-run")
    assert rules == {"last", "first", "passing"}
    (folder / "wanted").write_text("last")
    assert told(folder, "--dry-run")[1] == {"last", "passing"}
    # And what the command line names beside it.
    assert told(folder, "--dry-run", "--forcerun", "first")[1] == {"last", "first", "passing"}


def test_touching_is_told_from_running(folder):
    told(folder)
    assert "'touches': True" in told(folder, "--touch")[0]
    planned = told(folder, "--dry-run", "--use-conda")[0]
    assert "'conda': True" in planned and "'plans': True" in planned


def test_a_job_knows_that_it_is_not_the_first_process(folder):
    text = (folder / "Snakefile").read_text()
    # Snakemake runs such a job, unlike a line for the shell, in a process that reads the Snakefile.
    text = text.replace('shell: "echo 1 > {output}"', 'run: open(output[0], "w").close()')
    script = "print('job', internals.is_first_process(workflow), file=sys.stderr)\n"
    (folder / "Snakefile").write_text(text + script)
    printed = told(folder)[2]
    assert "job True" in printed and "job False" in printed
