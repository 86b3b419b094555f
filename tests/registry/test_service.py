"""The door of the registers: what it offers is there, and nobody goes round it."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from jingban.registry import service

ROOT = Path(__file__).resolve().parents[2]
INSIDE = ROOT / "src" / "jingban" / "registry"
OPEN = {"service", "commands", "apps", "demo", "migrations", "__init__", "__pycache__"}
"""The door itself, what the command line and Django load, and the demo's people."""


def contract() -> dict[str, object]:
    file = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return next(c for c in file["tool"]["importlinter"]["contracts"] if "registers are met" in c["name"])


def test_everything_it_names_is_there_and_everything_it_imports_is_named() -> None:
    tree = ast.parse((INSIDE / "service.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    assert imported == set(service.__all__)
    assert all(hasattr(service, name) for name in service.__all__)


def test_every_module_of_the_registers_lies_behind_the_door() -> None:
    modules = {path.stem for path in INSIDE.iterdir() if path.suffix == ".py" or path.is_dir()} - OPEN
    assert {f"jingban.registry.{name}" for name in modules} == set(contract()["protected_modules"])


def test_nobody_is_let_round_it_but_the_walk() -> None:
    assert contract()["allowed_importers"] == ["jingban.registry", "jingban.walk"]


def test_a_process_that_only_sets_django_up_keeps_the_claims() -> None:
    """A command (``cases tick``, ``exchange deliver``) files and decides cases without the pages being loaded."""
    asked = (
        "import django; django.setup(); from jingban.processes import effects;"
        "print({f.__module__ for f in (*effects.FILED, *effects.BEFORE)})"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "jingban.registry.claims" in done.stdout
