"""Hold an entry against the law: what takes longer, asks for more, or cites a number that is not the law's.

A finding changes nothing: the guide stays as printed, and the officer sees what to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from jingban.rulebook.chinese import article_text
from jingban.rulebook.effective import EffectiveItem, Material
from jingban.rulebook.schema import LegalBasis, Limit, Record
from jingban.rulebook.schema_national import Law

Severity = Literal["beyond_law", "check", "advice", "note"]
SEVERITIES: dict[Severity, str] = {
    "beyond_law": "超出法定",
    "check": "待核",
    "advice": "建议",
    "note": "已注明",
}

# 身份证件对一切事项适用（国令第765号第三十一条）；申请表、承诺书不是证明材料，不单独要求依据。
_FORMS = frozenset({"form", "commitment", "identity"})
_ONLY = "国令第765号第三十一条只认法律、法规和国务院决定"
_SHARED = "国令第716号第七条、国令第765号第八条"
_BINDING = frozenset({"law", "regulation"})


class Finding(Record):
    """One thing to look at, with the rule that it is held against."""

    region: str
    tier: str
    item: str
    name: str
    rule: str
    text: str
    severity: Severity


def findings(item: EffectiveItem, laws: Mapping[str, Law] | None = None) -> list[Finding]:
    """All findings of an entry; with ``laws`` also numbers and the rank of the basis."""
    known = laws or {}
    told = [*_limits(item), *_materials(item, known), *_numbers(item, known), *_written(item)]
    return [
        Finding(
            region=item.region,
            tier=item.tier,
            item=item.item,
            name=item.name,
            rule=rule,
            text=text,
            severity=how,
        )
        for rule, text, how in told
    ]


Told = tuple[str, str, Severity]


def _limits(item: EffectiveItem) -> Iterator[Told]:
    printed, statutory = item.limit, item.statutory
    if statutory is None or printed is None or printed.amount is None or printed.for_:
        return
    basis = "、".join(b.text for b in statutory.basis)
    if printed.unit != statutory.unit:
        text = f"承诺{printed.text}，法定{statutory.text}（{basis}）：口径不同，取先到者"
        yield "limit-unit", text, "check"
    elif printed.amount > (statutory.amount or 0):
        text = f"承诺{printed.text}，长于法定{statutory.text}（{basis}）{_from(statutory)}"
        yield "limit-longer", text, "beyond_law"
    elif printed.at_payment:
        text = f"{printed.text}印在拨付环节，起算点未写明；法定{statutory.text}含办理完毕（{basis}）"
        yield "limit-start", text, "check"


def _from(limit: Limit) -> str:
    return "，自收到申请之日起算" if limit.start == "receipt" else ""


def _materials(item: EffectiveItem, laws: Mapping[str, Law]) -> Iterator[Told]:
    if "materials" in item.defaults:
        return  # what the region does not ask cannot be too much
    allowed = list(item.national_basis) + list(item.statutory.basis if item.statutory else ())
    limits_materials = _only_records(item)
    for material in item.materials:
        if material.kind in _FORMS and not (limits_materials and material.kind == "commitment"):
            continue
        if not any(_same_article(b, a) for b in material.basis for a in allowed):
            yield _without_basis(item, material, limits_materials)
        elif laws and not any(_binds(b, laws) for b in material.basis):
            text = f"材料“{material.name}”的依据只有部门规章或通知，{_ONLY}"
            yield "material-basis-rank", text, "check"
    yield from _shared(item)


def _binds(basis: LegalBasis, laws: Mapping[str, Law]) -> bool:
    law = laws.get(basis.law or "")
    return law is not None and law.kind in _BINDING


def _without_basis(item: EffectiveItem, material: Material, only: str | None) -> Told:
    if only:
        text = f"材料“{material.name}”超出{only}：除身份证件外只要病历资料"
        return "material-beyond-law", text, "beyond_law"
    text = f"材料“{material.name}”未查到法律、法规或国务院决定作依据（国令第765号第三十一条）"
    return "material-without-basis", text, "beyond_law" if material.kind == "certificate" else "check"


def _only_records(item: EffectiveItem) -> str | None:
    """生育津贴：国令第765号第二十条第三款只列病历资料."""
    for basis in item.statutory.basis if item.statutory else ():
        if basis.law == "handling-regulation" and "20(3)" in basis.articles:
            return f"《社会保险经办条例》{article_text('20(3)')}"
    return None


def _shared(item: EffectiveItem) -> Iterator[Told]:
    for material in item.materials:
        if material.sharing:
            text = f"材料“{material.name}”可由数据共享取得，不必由申请人提供（{_SHARED}）"
            yield "material-shared", text, "advice"


def _same_article(one: LegalBasis, other: LegalBasis) -> bool:
    """The same law, and an article in common; a paragraph counts where both name one."""
    if (one.law, one.title) != (other.law, other.title) and not (one.law and one.law == other.law):
        return False
    pairs = ((a, b) for a in one.articles for b in other.articles)
    return any(a == b or a.split("(")[0] == b or b.split("(")[0] == a for a, b in pairs)


def _numbers(item: EffectiveItem, laws: Mapping[str, Law]) -> Iterator[Told]:
    """A cited number must be the number of the law of that title."""
    by_title = {_plain(law.title): law for law in laws.values()}
    by_number = {_digits(law.number): law for law in laws.values() if law.number}
    for basis in item.legal_basis:
        law = laws.get(basis.law or "") or by_title.get(_plain(basis.title or ""))
        if law and basis.number and law.number and _digits(basis.number) != _digits(law.number):
            text = f"《{law.title}》的文号写作“{basis.number}”，应为“{law.number}”"
            yield "law-number", text, "check"
        elif law is None and basis.number and (other := by_number.get(_digits(basis.number))):
            text = f"“{basis.number}”是《{other.title}》的文号，不是《{_plain(basis.title or '')}》的"
            yield "law-number", text, "check"
        if law and law.articles and basis.law:
            yield from _strange_articles(law, basis)
    for slip in item.corrections:
        if slip.field.startswith("legal_basis") and _another_number(str(slip.printed), str(slip.corrected)):
            text = f"指南的依据误印“{slip.printed}”，已更正为“{slip.corrected}”：{slip.reason}"
            yield "law-number", text, "check"


def _another_number(printed: str, corrected: str) -> bool:
    """A slip in the number or the article, not only in brackets and commas."""
    cited = re.compile(
        r"[0-9]+|第[〇零一二三四五六七八九十百]+[条款]|[^0-9〔〕【】\[\]（）、，\s]{1,6}(?=[〔【\[])"
    )
    return cited.findall(printed) != cited.findall(corrected)


def _strange_articles(law: Law, basis: LegalBasis) -> Iterator[Told]:
    known = {re.match(r"\d+", a).group() for a in law.articles if re.match(r"\d+", a)}  # type: ignore[union-attr]
    for article in basis.articles:
        number = re.match(r"\d+", article)
        if number and number.group() not in known:
            text = f"《{law.title}》{article_text(article)}不在 laws.yaml 所列条文中，请核对条号"
            yield "law-article", text, "note"


def _plain(title: str) -> str:
    return title.strip("《》 ").replace(" ", "")


def _digits(number: str | None) -> str:
    """Only what tells numbers apart: 医保发〔2022〕22号 and 医保发【2022】22号 are the same."""
    text = re.sub(r"（\d{4}年[^）]*）", "", number or "")
    return re.sub(r"[\s〔〕【】\[\]（）()第号令]", "", text).replace("国务院", "国")


def _written(item: EffectiveItem) -> Iterator[Told]:
    for finding in item.findings:
        yield f"guide-{finding.field}", finding.text, "note"


def all_findings(items: Iterable[EffectiveItem], laws: Mapping[str, Law]) -> list[Finding]:
    return [f for item in items for f in findings(item, laws)]
