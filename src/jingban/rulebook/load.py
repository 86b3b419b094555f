"""Read the whole rulebook; every fault is collected, so that an officer sees all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from jingban.core.errors import FileFault
from jingban.core.parameters import Parameter, ParameterTable, is_table
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import Document, read_yaml
from jingban.rulebook import schema_national as national
from jingban.rulebook.book import Catalogue, Region, Rulebook
from jingban.rulebook.errors import RulebookBroken
from jingban.rulebook.faults import Place, validated
from jingban.rulebook.references import unknown_names
from jingban.rulebook.schema_region import RegionFile, RegionItem

R = TypeVar("R", bound=BaseModel)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_ID = re.compile(r"[a-z0-9]+([-_.][a-z0-9_]+)*\Z")


def load(root: Path | None = None) -> Rulebook:
    """The rulebook, or RulebookBroken with every fault of files and references."""
    rulebook, problems = read(root)
    if problems:
        raise RulebookBroken(problems)
    return rulebook


def read(root: Path | None = None) -> tuple[Rulebook, list[FileFault]]:
    """Whatever can be read, and all the faults."""
    reader = _Reader(Rulebook(root or rulebook_root()))
    reader.national()
    reader.regions()
    return reader.rulebook, reader.problems + unknown_names(reader.rulebook)


class _Reader:
    """Walks the folders; keeps what is sound, tells what is not."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.root = rulebook.root
        self.problems: list[FileFault] = []

    def national(self) -> None:
        book = self.rulebook.national
        self._catalogue(book, "national", needed=True)
        book.effects = self._records("national/effects.yaml", national.Effect, needed=True)
        book.roles = self._records("national/roles.yaml", national.Role, needed=True)
        book.laws = self._records("national/laws.yaml", national.Law, needed=True)
        book.channels = self._records("national/channels.yaml", national.Channel, needed=True)
        book.messages = self._records("national/messages.yaml", national.MessageKind, needed=True)
        book.fields = self._records("national/fields.yaml", national.FormField, needed=True)
        book.subjects = self._records("national/subjects.yaml", national.Subject, needed=True)
        book.diseases = self._records("national/diseases.yaml", national.Disease, needed=True)
        book.phrases = self._records("national/phrases.yaml", national.Phrase, needed=True)
        book.notifications = self._records("national/notifications.yaml", national.Notification, needed=True)
        for name in self._folder("national/items"):
            if item := self._named(name, national.NationalItem, "item"):
                book.items[item.item] = item
        book.parameters = self._parameters("national/parameters")
        self._processes()

    def _parameters(self, folder: str) -> dict[str, Parameter]:
        """One file a parameter, or a table of many in one."""
        found: dict[str, Parameter] = {}
        for name in self._folder(folder):
            data, stem = self._map(name), Path(name).stem
            if data is None:
                continue
            document, report = self.rulebook.files[name], self.problems.append
            if is_table(data):
                table = validated(ParameterTable, data, document, (), report)
                found |= table.parameters() if table else {}
            elif one := validated(Parameter, data, document, (), report):
                found[stem] = one
            key = "table" if is_table(data) else "parameter"
            if data.get(key, stem) != stem:
                self._mismatch(name, key, data[key])
        return found

    def _processes(self) -> None:
        book = self.rulebook.national
        for name in self._folder("national/processes"):
            data = self._map(name)
            stem = Path(name).stem
            if data is None:
                continue
            if stem == "common":
                book.common = data
            elif data.get("process") != stem:
                self._mismatch(name, "process", data.get("process"))
            else:
                book.processes[stem] = data

    def regions(self) -> None:
        folder = self.root / "regions"
        for path in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
            self._region(path.name)

    def _region(self, key: str) -> None:
        base, region = f"regions/{key}", Region(key=key)
        if not SLUG.match(key):
            self._fault(base, (), f"文件夹名“{key}”不能用", "请只用小写字母、数字和连字符")
        name = f"{base}/region.yaml"
        if not (self.root / name).is_file():
            self._fault(name, (), "地区文件夹里没有 region.yaml", "请补上该文件，或删去文件夹")
            return
        region.card = self._record(name, RegionFile)
        if region.card and region.card.region != key:
            what = f"region 写作“{region.card.region}”，文件夹名是“{key}”"
            self._fault(name, ("region",), what, "请使两者一致")
        self._catalogue(region, base, needed=False)
        for file in self._folder(f"{base}/items"):
            if item := self._named(file, RegionItem, "item"):
                region.items[item.item] = item
        region.parameters = self._parameters(f"{base}/parameters")
        if region.card:  # an entry cannot be merged without its region's card
            self.rulebook.regions[key] = region

    def _catalogue(self, into: Catalogue, base: str, *, needed: bool) -> None:
        into.materials = self._records(f"{base}/materials.yaml", national.NationalMaterial, needed=needed)
        into.situations = self._records(f"{base}/situations.yaml", national.Situation, needed=needed)
        into.documents = self._records(f"{base}/documents.yaml", national.Paper, needed=needed)

    def _folder(self, name: str) -> Iterator[str]:
        """The YAML files of a folder; anything else in it is told."""
        folder = self.root / name
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix == ".yaml" and path.is_file():
                yield f"{name}/{path.name}"
            elif not path.name.startswith("."):
                stray = f"{name}/{path.name}"
                self._fault(stray, (), "这里只放 .yaml 文件", "请改扩展名为 .yaml，或移到别处")

    def _map(self, name: str) -> dict[str, Any] | None:
        document = read_yaml(self.root / name, name, self.problems.append)
        self.rulebook.files[name] = document
        if isinstance(document.data, dict):
            return document.data
        if not any(p.file == name for p in self.problems):
            self._fault(name, (), "文件是空的，或不是“键: 值”", "请写成“键: 值”的形式")
        return None

    def _record(self, name: str, model: type[R]) -> R | None:
        data = self._map(name)
        if data is None:
            return None
        return validated(model, data, self.rulebook.files[name], (), self.problems.append)

    def _named(self, name: str, model: type[R], key: str) -> R | None:
        """A record whose own name is its file's name."""
        record = self._record(name, model)
        if record is not None and getattr(record, key) != Path(name).stem:
            self._mismatch(name, key, getattr(record, key))
            return None
        return record

    def _records(self, name: str, model: type[R], *, needed: bool) -> dict[str, R]:
        """A file of many records by id."""
        if not (self.root / name).is_file():
            if needed:
                self._fault(name, (), "缺少这个文件", "请补上")
            return {}
        found: dict[str, R] = {}
        for key, value in (self._map(name) or {}).items():
            document = self.rulebook.files[name]
            if not _ID.match(key):
                what = f"编号“{key}”不能用"
                self.problems.append(document.error((key,), what, "请只用小写字母、数字和连字符"))
            if record := validated(model, value, document, (key,), self.problems.append):
                found[key] = record
        return found

    def _mismatch(self, name: str, key: str, written: Any) -> None:
        what = f"{key} 写作“{written}”，文件名是“{Path(name).stem}”"
        self._fault(name, (key,), what, "请使两者一致")

    def _fault(self, name: str, place: Place, what: str, advice: str) -> None:
        document = self.rulebook.files.get(name) or Document(name)
        self.problems.append(document.error(place, what, advice))
