"""The documentation keeps its promises: names are explained, commands exist, examples run."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml

from jingban.cli import main
from jingban.core.yaml12 import read_yaml
from jingban.processes import model
from jingban.processes.check import problems
from jingban.processes.needs import NEEDS
from jingban.processes.predicates import FACTS, PREDICATES
from jingban.rulebook.check import check
from jingban.rulebook.schema_national import FieldKind, FormField, FormUse

ROOT = Path(__file__).resolve().parents[1]
NATIONAL = ROOT / "rulebook" / "national"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GLOSSARY, RULEBOOK = ROOT / "docs" / "glossary.md", ROOT / "docs" / "rulebook.md"
CHINESE = ROOT / "docs" / "rulebook.zh.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def ids(name: str) -> set[str]:
    return set(yaml.load((NATIONAL / name).read_text(encoding="utf-8"), yaml.BaseLoader))


def unexplained(names: set[str], *pages: Path) -> list[str]:
    """Names that stand on none of the pages as code."""
    written = set(re.findall(r"`([^`\n]+)`", "\n".join(map(text, pages))))
    return sorted(names - written)


def test_roles_channels_and_outcomes_are_in_the_glossary() -> None:
    named = ids("roles.yaml") | ids("channels.yaml") | set(get_args(model.Outcome))
    assert not unexplained(named, GLOSSARY)


def test_items_are_in_the_glossary_and_procedures_in_the_rulebook_page() -> None:
    assert not unexplained({path.stem for path in (NATIONAL / "items").glob("*.yaml")}, GLOSSARY)
    processes = {path.stem for path in (NATIONAL / "processes").glob("*.yaml")} - {"common"}
    assert not unexplained(processes, RULEBOOK)


@pytest.mark.parametrize("page", [RULEBOOK, CHINESE], ids=shown)
def test_the_whole_vocabulary_is_explained(page: Path) -> None:
    words = (model.Process, model.Step, model.Act, model.Common, model.End, model.Follow, model.Application)
    named = {field.alias or name for kind in words for name, field in kind.model_fields.items()}
    common = yaml.load(text(NATIONAL / "processes" / "common.yaml"), yaml.BaseLoader)["common"]
    assert not unexplained(named | set(common) | set(NEEDS) | set(PREDICATES), page)
    inner = (model.After, model.Panel, model.Notice, model.Receives, model.ClockRule)
    for name in {field.alias or name for kind in inner for name, field in kind.model_fields.items()}:
        assert re.search(rf"\b{name}\b", text(page)), name


@pytest.mark.parametrize("page", [RULEBOOK, CHINESE], ids=shown)
def test_the_form_language_is_explained(page: Path) -> None:
    keys = {*FormField.model_fields, *FormUse.model_fields, "subject", "form", "fixed", "arguments"}
    for name in keys | ids("subjects.yaml"):
        assert re.search(rf"\b{name}\b", text(page)), name
    assert not unexplained(set(get_args(FieldKind)), page)


def test_every_fact_is_explained() -> None:
    assert not unexplained(set(FACTS), RULEBOOK)


def commands(page: Path) -> set[tuple[str, ...]]:
    """What the page calls: the words after ``jingban`` that can be commands."""
    called = re.findall(r"(?<![\w./-])(?:\.venv/bin/)?jingban((?: [a-z][a-z-]*)+)", text(page))
    return {tuple(words.split()) for words in called}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_commands_exist(page: Path) -> None:
    context = click.Context(main)
    for words in commands(page):
        group: click.Command | None = main
        for word in words:
            if not isinstance(group, click.Group):
                break  # what follows a command are its arguments
            group = group.get_command(context, word)
            assert group is not None, f"jingban {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_console_examples_show_what_is_printed(page: Path) -> None:
    for call, wanted in console_examples(page):
        name, *arguments = shlex.split(call)
        assert name == "jingban", call
        done = subprocess.run(
            [Path(sys.executable).parent / name, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout + done.stderr).strip() == wanted.strip(), call


def console_examples(page: Path) -> list[tuple[str, str]]:
    """Each ``$ command`` of the page's console blocks with the lines under it."""
    blocks = [body for kind, body in BLOCK.findall(text(page)) if kind == "console"]
    return re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.M)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_python_examples_run(page: Path) -> None:
    blocks = [body for kind, body in BLOCK.findall(text(page)) if kind in ("python", "pycon")]
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, shown(page), str(page), 0)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        path, _, anchor = target.partition("#")
        if "://" in target or path.startswith("docs/images/"):
            continue  # elsewhere; pictures are taken when the pages are done
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{shown(page)}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text(found), re.M)
            assert anchor in {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


def test_the_invented_region_of_the_chinese_page_can_be_checked(tmp_path: Path) -> None:
    """Its files, its materials and its small procedure, as an officer would type them off."""
    root = shutil.copytree(ROOT / "rulebook", tmp_path / "rulebook")
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```", text(CHINESE), re.M | re.S)
    typed = {body.split("\n")[0].strip(): textwrap.dedent(body) for _, body in blocks}
    place = root / "regions" / "qingxi"
    (place / "items").mkdir(parents=True)
    card = next(body for head, body in typed.items() if head.startswith("region:"))
    (place / "region.yaml").write_text(card, encoding="utf-8")
    entry = next(body for head, body in typed.items() if head.startswith("item: maternity-allowance"))
    extra = typed["materials:"] + typed["process: payment"]
    (place / "items" / "maternity-allowance.yaml").write_text(entry + extra, encoding="utf-8")
    process = root / "national" / "processes" / "desk-check.yaml"
    process.write_text(typed["process: desk-check"], encoding="utf-8")
    parameter = root / "national" / "parameters" / "supplement-days.yaml"
    parameter.write_text(typed["parameter: supplement-days"], encoding="utf-8")
    report = check(root, "qingxi")
    assert [str(error) for error in report.errors] == []
    assert "limit-longer" in {found.rule for found in report.findings}
    assert problems(model.Process.model_validate(read_yaml(process).data)) == []
