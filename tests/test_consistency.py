"""House rules that no linter knows (CONTRIBUTING.md); what ruff can hold, ruff holds."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "jingban"
MODULES = sorted(path for path in SRC.rglob("*.py") if path.parent.name != "migrations")
REGIONS = sorted((ROOT / "rulebook" / "regions").glob("*/region.yaml"))
TEXT = {".py", ".html", ".txt", ".css", ".js", ".svg", ".json", ".yaml", ".toml", ".md", ".sh", ".typ", ""}

MODULE_LINES = 450  # aim for 400
FUNCTION_LINES = 60  # aim for 40


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def project_files() -> tuple[Path, ...]:
    """What git holds or would hold; a file laid there but ignored is nobody's."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Each hit as ``file:line: text``."""
    return [
        f"{shown(path)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("card", REGIONS, ids=lambda card: card.parent.name)
def test_code_names_no_region(card: Path) -> None:
    """A region is data (design, section 1): neither its key nor its name stands in the source."""
    region = yaml.safe_load(card.read_text(encoding="utf-8"))
    places = {region["name"], region.get("upper") or region["name"]}
    words = {card.parent.name, *places, *(re.sub("[市县区]$", "", place) for place in places)}
    sources = [path for path in sorted(SRC.rglob("*")) if path.is_file() and path.suffix in TEXT]
    hits = lines_with(re.compile("|".join(map(re.escape, sorted(words)))), sources)
    assert not hits


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_stays_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_functions_stay_short(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {f"{node.name}:{node.lineno}": (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}


def test_modules_are_named_after_the_business() -> None:
    nameless = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "selectors"}
    assert not [shown(path) for path in SRC.rglob("*") if path.stem in nameless]


def test_files_name_no_machine_and_no_registry() -> None:
    """The tree must build anywhere: paths of one machine and addresses of package registries stay out."""
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org"]
    paths = [r"(?<![\w.])/(?:root|home/\w+|Users/\w+|opt/py" + r"pi)\b", r"(?<![\w.}])/wo" + r"rk/\w"]
    pattern = re.compile("|".join([*map(re.escape, hosts), *paths]))
    hits = lines_with(pattern, [path for path in project_files() if path.suffix in TEXT])
    assert not hits


def test_every_make_target_is_documented() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.exists())
    assert targets
    assert not [target for target in targets if not re.search(rf"make {target}\b(?!-)", text)]


def test_every_direct_dependency_is_locked_and_explained() -> None:
    """docs/dependencies.md says why each is there and under which licence."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    wanted = {"base": project["dependencies"], "dev": project["optional-dependencies"]["dev"]}
    for lock, requirements in wanted.items():
        locked = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").lower()
        for requirement in requirements:
            name = re.match(r"[\w.-]+", requirement)[0]
            assert re.search(rf"^{re.escape(name.lower())}==", locked, re.M), f"{name}: run `make lock`"
            assert f"| {name} |" in page, f"{name} is missing in docs/dependencies.md"


def test_the_lock_has_a_hash_for_every_package() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        packages = re.split(r"\n(?=\w)", lock.read_text(encoding="utf-8").strip())
        assert not [package for package in packages if "--hash=sha256:" not in package]
        assert "://" not in lock.read_text(encoding="utf-8")
