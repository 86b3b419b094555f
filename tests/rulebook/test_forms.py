"""Forms are declared with the entries; what effects take from them is held against them before publishing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jingban.processes.effects import REGISTRY
from jingban.rulebook.check import check
from jingban.rulebook.diff import diff
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.export import entry
from jingban.rulebook.load import read
from jingban.rulebook.show import show

Edit = Callable[[str, str, str], None]
Entries = dict[str, EffectiveItem]
FIELDS, SUBJECTS, EFFECTS = "national/fields.yaml", "national/subjects.yaml", "national/effects.yaml"
ENROL, RETIREE = "national/items/employee-enrolment.yaml", "national/items/offsite-retiree.yaml"
UNUSED = "providers.designate"


def told(root: Path) -> list[str]:
    return [str(error) for error in read(root)[1]]


def checked(root: Path) -> list[str]:
    return [str(error) for error in check(root).errors]


@pytest.fixture
def live(copy: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make an effect that is only planned live, with the arguments given."""

    def made(arguments: str) -> None:
        line = next(
            text for text in (copy / EFFECTS).read_text("utf-8").splitlines() if text.startswith(UNUSED)
        )
        edit(EFFECTS, line, f"{UNUSED}: {{title: 计算, arguments: {arguments}, status: live}}")
        monkeypatch.setitem(REGISTRY, UNUSED, lambda work: None)

    return made


def test_a_form_begins_with_the_subjects_questions(entries: Entries) -> None:
    form = {field.key: field for field in entries["puyang/employee-enrolment"].form}
    assert list(form)[:4] == ["name", "id_kind", "id_number", "phone"]
    assert list(form)[-1] == "note", "remarks that may be left out come last"
    assert form["employee_operation"].implies == {"retire": ("retiring-employee",)}
    assert form["employee_operation"].choices["retire"] == "在职转退休"
    assert (form["from_date"].required, form["monthly_wage"].required) == (True, False)
    assert form["deemed_months"].when == ("retiring-employee",)
    assert form["id_number"].find == "id"


def test_what_an_entry_fixes_is_said_in_words_and_not_asked(entries: Entries) -> None:
    item = next(item for item in entries.values() if item.item == "offsite-retiree")
    assert item.fixed == {"offsite_category": "retiree"}
    assert item.fixed_words == {"备案类型": "异地安置退休人员"}
    assert "offsite_category" not in {field.key for field in item.form}


def test_the_entrys_word_on_a_field_of_the_subject_stands(copy: Path, edit: Edit) -> None:
    edit(
        ENROL,
        "  - employee_operation\n",
        "  - {use: phone, required: false, label: 联系电话}\n  - employee_operation\n",
    )
    item = next(i for i in check(copy).items if i.item == "employee-enrolment")
    form = [field for field in item.form if field.key == "phone"]
    assert [(field.label, field.required) for field in form] == [("联系电话", False)]
    assert [field.key for field in item.form][:4] == ["name", "id_kind", "id_number", "phone"]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            ENROL,
            "- employee_operation\n",
            "- employee_operatoin\n",
            "没有栏目 employee_operatoin。是否指 employee_operation",
        ),
        (ENROL, "when: [retiring-employee]", "when: [retired]", "没有情形 retired"),
        (
            ENROL,
            "  - from_date\n",
            "  - from_date\n  - {use: from_date, required: false}\n",
            "栏目 from_date 写了两次",
        ),
        (ENROL, "subject: person", "subject: persons", "没有申请表类别 persons。是否指 person"),
        (
            RETIREE,
            "fixed: {offsite_category: retiree}",
            "fixed: {offsite_kategory: retiree}",
            "没有栏目 offsite_kategory。是否指 offsite_category",
        ),
        (
            RETIREE,
            "fixed: {offsite_category: retiree}",
            "fixed: {offsite_category: retired}",
            "没有offsite_category 的选项 retired。是否指 retiree",
        ),
        (
            RETIREE,
            "fixed: {offsite_category: retiree}",
            'fixed: {offsite_category: retiree, from_date: "2026-01-01"}',
            "栏目 from_date 既写在 fixed 里又在申请表里问",
        ),
        (SUBJECTS, "    - clues", "    - cluse", "没有栏目 cluse。是否指 clues"),
        (FIELDS, "place: {", "opinion: {name: 意见, kind: text}\nplace: {", "栏目 opinion 与办理行为所带的内容重名"),
        (FIELDS, "kind: long}", "kind: lang}", "note.kind：不能写“lang”。只能是"),
        (FIELDS, "address: {name: 联系地址, kind: text}", "address: {name: 联系地址, kind: choice}", "choices 只写在"),
        (FIELDS, "find: name}", "fnid: name}", "是否指 find"),
        (FIELDS, "states: {stay:", "states: {stai:", "没有情况 stai。是否指 stay"),
        (FIELDS, "retiree: long-term,", "retiree: forever,", "没有情况 stay 的值 forever"),
        (FIELDS, "states: {stay: {retiree: long-term,", "states: {stay: {", "states 里每个选项各写一个值"),
        (FIELDS, "implies: {retire:", "implies: {retyre:", "implies 写了没有的选项：retyre"),
        (FIELDS, "implies: {retire: retiring-employee}", "implies: {retire: retired}", "没有情形 retired"),
        (FIELDS, "not_before: care_from", "not_before: care_form", "没有日期或证件号码栏目 care_form。是否指 care_from"),
        (FIELDS, "not_before: care_from", "not_before: care_kind", "没有日期或证件号码栏目 care_kind"),
        (FIELDS, "not_before: care_from", "not_before: care_until", "没有日期或证件号码栏目 care_until"),
        (FIELDS, "kind: bank}\nfrom_place", "kind: bank, past: true}\nfrom_place", "past、not_before 只写在 kind: day"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_is_told_with_its_line(
    copy: Path, edit: Edit, name: str, old: str, new: str, expected: str
) -> None:
    edit(name, old, new)
    assert any(line.startswith(f"{name}:") and expected in line for line in told(copy)), told(copy)


def test_arguments_of_effects_are_fields(copy: Path, live: Callable[[str], None]) -> None:
    live("[id_nummer]")
    (line,) = told(copy)
    assert line.startswith(f"{EFFECTS}:")
    assert "没有栏目 id_nummer。是否指 id_number" in line


def test_a_live_effects_argument_that_no_form_asks_is_refused(
    copy: Path, edit: Edit, live: Callable[[str], None]
) -> None:
    before = checked(copy)
    live("[provider_name, offsite_category]")
    wrong = [line for line in checked(copy) if line not in before]
    users = {i.item for i in check(copy).items if UNUSED in i.effects}
    assert users
    assert {line.split(":")[0] for line in wrong} == {f"national/items/{item}.yaml" for item in users}
    assert all(f"效果 {UNUSED} 要用“备案类型”（offsite_category）" in line for line in wrong)
    assert all("请在全国事项的 form 里加上 offsite_category，或在 fixed 里写明" in line for line in wrong)
    file = copy / "national" / "items" / "designate-institution.yaml"
    line = next(
        n for n, text in enumerate(file.read_text("utf-8").splitlines(), 1) if text.startswith("effect:")
    )
    assert any(text.startswith(f"national/items/designate-institution.yaml:{line}：") for text in wrong)
    for item in users:
        path = copy / "national" / "items" / f"{item}.yaml"
        text = path.read_text("utf-8")
        path.write_text(text + "fixed: {offsite_category: retiree}\n", "utf-8")
    assert checked(copy) == before


def test_the_subjects_form_answers_for_every_entry_of_it(copy: Path, live: Callable[[str], None]) -> None:
    before = checked(copy)
    live("[provider_name, provider_code]")
    assert checked(copy) == before


def test_a_planned_effect_asks_nothing_yet(copy: Path, live: Callable[[str], None], edit: Edit) -> None:
    before = checked(copy)
    live("[offsite_category]")
    edit(
        EFFECTS,
        "{title: 计算, arguments: [offsite_category], status: live}",
        "{title: 计算, arguments: [offsite_category], status: planned}",
    )
    del REGISTRY[UNUSED]
    assert checked(copy) == before


def test_an_effect_that_only_the_region_names_is_told_in_its_file(
    copy: Path, edit: Edit, live: Callable[[str], None]
) -> None:
    live("[aid_category]")
    entry_file = "regions/yunxi/items/transfer.yaml"
    edit(entry_file, "process: standard\n", f"process: standard\neffects: [{UNUSED}]\n")
    assert any(line.startswith(f"{entry_file}:") and "aid_category" in line for line in checked(copy))


def test_the_form_is_exported_and_shown(entries: Entries) -> None:
    item = next(item for item in entries.values() if item.item == "offsite-retiree")
    data = entry(item)
    asked = next(field for field in data["form"] if field["key"] == "offsite_operation")
    assert asked["label"] == "备案业务"
    assert asked["choices"]["file"] == "新备案"
    assert asked["required"] is True
    assert data["fixed"] == {"offsite_category": "retiree"}
    assert data["fixed_words"] == {"备案类型": "异地安置退休人员"}
    text = show(item)
    assert "申请表：\n  1. 姓名（" in text
    assert "备案业务（新备案、变更、暂停、恢复、终止）" in text
    assert "截止日期（选填；" in text
    assert "本事项已定：备案类型为异地安置退休人员" in text


def test_diff_tells_what_one_form_asks_more(entries: Entries) -> None:
    item = entries["puyang/employee-enrolment"]
    shorter = item.model_copy(update={"form": tuple(f for f in item.form if f.key != "monthly_wage")})
    (found,) = diff([item], [shorter])
    assert found.left is not None
    assert found.right is not None
    assert (found.left.form, found.right.form) == (("月缴费工资（元）",), ())
    assert not found.is_empty
