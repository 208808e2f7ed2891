"""What is installed: the environments agree with the locks, and the ranges hold them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
# It needs torchvision, of which the lock could only name a build with gigabytes of CUDA packages.
NOT_LOCKED = {"laplace-torch"}


def pins(lines):
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()) for line in lines)
    return {match[1].lower().replace("_", "-"): match[2] for match in found if match}


def lock(name):
    lines = (ROOT / name).read_text().splitlines()
    found = pins(lines)
    assert len(found) == len([line for line in lines if line and line[0] != "#"])
    return found


@pytest.mark.parametrize(
    ("environment", "of"),
    [
        ("networks", "requirements.lock"),
        ("manifold", "requirements.lock"),
        ("report", "requirements.lock"),
        ("weights", "requirements.lock"),
        ("neurons", "requirements.lock"),
        ("datafold", "envs/datafold.lock"),
    ],
)
def test_conda_environments_have_the_locked_versions(environment, of):
    content = yaml.safe_load((ROOT / "envs" / f"{environment}.yaml").read_text())
    named = pins(next(d["pip"] for d in content["dependencies"] if isinstance(d, dict)))
    assert named
    assert named.items() <= lock(of).items()


def test_the_ranges_of_pyproject_hold_the_locked_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    locked = lock("requirements.lock")
    for text in [*project["dependencies"], *(text for extra in extras for text in extra)]:
        requirement = Requirement(text)
        if requirement.name in NOT_LOCKED:
            continue
        assert requirement.specifier.contains(locked[requirement.name.lower()]), text


def test_what_runs_beside_datafold_does_without_pydantic():
    """Its environment has none: what ``embed_diffusion`` imports must not read experiments."""
    check = (
        "import runpy, sys; sys.argv = ['embed']; runpy.run_path('scripts/embed_diffusion.py'); "
        "sys.exit('pydantic' in sys.modules)"
    )
    code = "import sys; sys.path.insert(0, 'src'); " + check
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
