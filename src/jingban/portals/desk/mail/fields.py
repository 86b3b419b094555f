"""The forms on which a clerk registers what came on paper: their questions, and what was typed as clean answers.

The questions are those of the letters themselves (``exchange.kinds``, ``registry.sheets``), less what our own
contact letter says already and what the rest says by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from jingban.cases.forms import checked_answer
from jingban.core.errors import DomainError
from jingban.portals.blanks import Blank, blank
from jingban.registry.service import Insurance
from jingban.rulebook.choices import choices
from jingban.rulebook.effective import FormField

CONTACT, SHEET, FUNDS = "contact-letter", "info-sheet", "transfer-funds"
"""The messages of ``messages.yaml`` that are letters between agencies."""
LETTERS = frozenset({CONTACT, SHEET, FUNDS})
AGREED, REFUSED = "agreed", "refused"
MOST = {
    "tracking_number": 40,
    "letter_number": 40,
    "reason": 2000,
    "transferor_name": 80,
    "transferee_name": 80,
    "prepared_by": 64,
    "confirmed_by": 64,
    "note": 300,
}
"""Signs that a field holds; 120 unless named."""
ONE_PLACE = frozenset({"transferor_place", "transferee_place", "place"})
SPANS = "periods"
WHOLE = "form"


@dataclass(frozen=True, slots=True)
class Part:
    """A card of a form."""

    title: str
    fields: tuple[FormField, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with its inputs."""

    title: str
    hint: str
    blanks: tuple[Blank, ...]


@dataclass(slots=True)
class Filled:
    """What was typed: clean answers, and what is wrong, by the name of the input; WHOLE is the form."""

    clean: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    error: DomainError | None = None
    """What the exchange or a register refused, where the fields by themselves are right."""
    said: str = ""
    """What became of it, where it was taken."""

    def fault(self, name: str, text: str) -> None:
        self.faults.setdefault(name, []).append(text)

    @property
    def whole(self) -> list[str]:
        """What is wrong with no single input."""
        return self.faults.get(WHOLE, [])

    def listed(self, parts: Iterable[Part]) -> list[tuple[str, str]]:
        """Every fault of an input for the top of the page, in the order of the form."""
        order = {f.key: place for place, f in enumerate(f for part in parts for f in part.fields)}
        names = sorted((name for name in self.faults if name in order), key=order.__getitem__)
        lead = {SPANS: "缴费明细"}
        return [
            (name, f"{lead.get(name, '')}{text}" if text.startswith("第") else text)
            for name in names
            for text in self.faults[name]
        ]


def shown(
    parts: Iterable[Part], typed: Mapping[str, str], faults: Mapping[str, list[str]], *, day: date
) -> tuple[Shown, ...]:
    """The form with what was typed and what is wrong beside it."""
    return tuple(
        Shown(
            part.title,
            part.hint,
            tuple(
                blank(
                    f, f.key, typed.get(f.key, ""), region="", day=day, error="；".join(faults.get(f.key, ()))
                )
                for f in part.fields
            ),
        )
        for part in parts
    )


def filled(
    parts: Iterable[Part], typed: Mapping[str, str], *, on: date, optional: Collection[str] = ()
) -> Filled:
    """Every answer by the check of its kind; ``optional`` are fields that need no answer this time."""
    found = Filled()
    for part in parts:
        for asked in part.fields:
            text = typed.get(asked.key, "")
            if not text.strip():
                if asked.required and asked.key not in optional:
                    found.fault(asked.key, asked.left_open)
                continue
            try:
                found.clean[asked.key] = _checked(asked, text, typed, on)
            except DomainError as error:
                found.fault(asked.key, f"{asked.label}：{error.message.rstrip('。')}")
    return found


class FieldWrong(DomainError):
    """An answer that does not fit its field."""

    code = "answer_wrong"


def _checked(asked: FormField, text: str, typed: Mapping[str, str], on: date) -> str:
    if asked.key == SPANS:
        return text  # read line by line where the insurance and the place are known
    text = text.strip()
    if asked.kind in ("text", "long"):
        most = MOST.get(asked.key, 120)
        if len(text) > most:
            raise FieldWrong(f"最多{most}个字，现在是{len(text)}个字，请缩短")
        if any(ord(sign) < 32 and sign not in "\r\n" for sign in text):
            raise FieldWrong("有不能显示的字符，请重新填写")
        return text.replace("\r\n", "\n")
    answer = checked_answer(asked, text, typed, on)
    if asked.key in ONE_PLACE and "、" in answer:
        raise FieldWrong("只填一个行政区划代码")
    return answer


def mail_part(kind: str) -> Part:
    """When and by which registered letter it came."""
    hint = "信封上的编号"
    if kind == FUNDS:
        hint = "通知信函的编号；没有信函、只有银行入账的，填银行流水号"
    return Part(
        "来函",
        (
            FormField(key="received_on", label="收到日期", kind="day", hint="哪一天收到的，时限从这一天起算"),
            FormField(key="tracking_number", label="挂号信编号", kind="text", hint=hint),
        ),
    )


def answered_part() -> Part:
    """Which letter of ours is answered, about whom, by which agency; all known, to be held against the paper."""
    return Part(
        "答复哪一封、哪个人",
        (
            FormField(
                key="letter_number", label="所答复的函号", kind="text", hint="与来函核对，不一致的照来函填"
            ),
            FormField(key="person_name", label="姓名", kind="name", hint="照来函填"),
            FormField(
                key="id_number",
                label="证件号码",
                kind="id",
                hint="显示的是《联系函》上的号码，与来函核对；不一致的照来函填全号",
            ),
            FormField(key="transferor_name", label="转出地机构", kind="text", hint="照来函落款填"),
            FormField(key="transferor_place", label="转出地行政区划代码", kind="places"),
        ),
        hint="已按本件发出的《联系函》填好，请与来函逐项核对。",
    )


def result_part() -> Part:
    return Part(
        "对方的答复",
        (
            FormField(
                key="result",
                label="结果",
                kind="choice",
                choices={AGREED: "同意转出，附《信息表》", REFUSED: "不予转出"},
            ),
            FormField(
                key="reason", label="不予转出的理由", kind="long", required=False, hint="不予转出的照来函填"
            ),
        ),
    )


def sheet_part(*, asks_identity: bool) -> Part:
    """The sheet as it is printed. Sex and birth date are asked where the certificate's number does not say them."""
    identity = (
        FormField(key="sex", label="性别", kind="choice", choices=choices("sex")),
        FormField(key="born_on", label="出生日期", kind="day"),
    )
    return Part(
        "《信息表》",
        (
            *(identity if asks_identity else ()),
            FormField(key="insurance", label="险种", kind="choice", choices=dict(Insurance.choices)),
            FormField(
                key=SPANS,
                label="缴费明细",
                kind="long",
                hint="每段写一行：起始年月、终止年月、缴费类型（实缴或视同），有印缴费基数的接着写；"
                "险种、缴费地与本表不同的，在行末写居民或职工、6位行政区划代码。可以从电子表格粘贴",
            ),
            FormField(
                key="months_paid",
                label="实际缴费月数合计",
                kind="number",
                hint="照来函填，用来核对明细",
            ),
            FormField(key="months_deemed", label="视同缴费月数合计", kind="number", hint="没有的填0"),
            FormField(
                key="last_insured_on",
                label="参保截止日",
                kind="day",
                required=False,
                hint="来函写明的填写，年月日8位数字，例如 20260228",
            ),
            FormField(key="account_balance", label="个人账户余额（元）", kind="amount", hint="没有余额的填0"),
            FormField(
                key="transfer_amount",
                label="划转金额（元）",
                kind="amount",
                hint="不划转的填0，填0即不再等款",
            ),
            FormField(key="prepared_by", label="对方经办人", kind="text", required=False),
            FormField(key="confirmed_by", label="对方复核人", kind="text", required=False),
            FormField(key="date", label="填表日期", kind="day"),
        ),
        hint="对方同意转出的填写；不予转出的不用填。中断月份由明细算出，不用填。",
    )


def funds_part() -> Part:
    return Part(
        "划转资金",
        (
            FormField(
                key="amount", label="划转金额（元）", kind="amount", hint="以实际到账为准，例如 1234.50"
            ),
            FormField(key="paid_on", label="划转日期", kind="day"),
        ),
    )


def contact_parts(regions: Mapping[str, str]) -> tuple[Part, ...]:
    """A 《联系函》 that another agency sent us; ``regions`` are those whose mail the clerk registers."""
    region = FormField(key="region", label="收函机构", kind="choice", choices=dict(regions))
    number = FormField(key="letter_number", label="函号", kind="text", hint="来函上的编号，回函要写")
    date_ = FormField(
        key="date", label="来函日期", kind="day", required=False, hint="落款日期；不填的按收到日期"
    )
    mail = mail_part(CONTACT).fields
    return (
        Part("来函", (*((region,) if len(regions) > 1 else ()), number, date_, *mail)),
        Part(
            "人员和险种",
            (
                FormField(key="person_name", label="姓名", kind="name", hint="照来函填"),
                FormField(
                    key="id_kind", label="证件种类", kind="choice", required=False, choices=choices("id_kind"),
                    hint="不选即为居民身份证",
                ),
                FormField(key="id_number", label="证件号码", kind="id"),
                FormField(key="phone", label="手机号码", kind="phone", required=False),
                FormField(
                    key="from_insurance", label="转出险种", kind="choice", required=False,
                    choices=choices("from_insurance"), hint="来函没有写的不选",
                ),
                FormField(
                    key="to_insurance", label="申请转入的险种", kind="choice", choices=choices("to_insurance")
                ),
            ),
        ),
        Part(
            "转入地机构",
            (
                FormField(key="transferee_name", label="机构名称", kind="text", hint="《信息表》寄给它"),
                FormField(key="transferee_place", label="行政区划代码", kind="places"),
                FormField(key="contact", label="联系人", kind="text", required=False),
                FormField(key="office_phone", label="电话", kind="text", required=False),
                FormField(key="address", label="地址", kind="text", required=False, hint="寄《信息表》用"),
            ),
        ),
        Part(
            "个人账户",
            (
                FormField(
                    key="move_account", label="是否转移个人账户", kind="choice", choices=choices("move_account")
                ),
                FormField(key="payee_name", label="收款户名", kind="text", required=False),
                FormField(key="bank", label="开户行", kind="text", required=False),
                FormField(
                    key="bank_account", label="收款账号", kind="bank", required=False,
                    hint="照来函填，8至32位数字",
                ),
            ),
        ),
    )  # fmt: skip


def place_part(said: str) -> Part:
    """The old place that the application does not name, or names several of."""
    hint = f"申请上写的是{said}，填最后参保的一个" if said else "申请上没有写，向申请人问清"
    return Part(
        "转出地",
        (
            FormField(
                key="place", label="转出地行政区划代码", kind="places", hint=f"{hint}；例如北京市 110000"
            ),
        ),
    )


def posted_part() -> Part:
    return Part(
        "寄出",
        (
            FormField(key="tracking_number", label="挂号信编号", kind="text", hint="邮局收据上的编号"),
            FormField(key="posted_on", label="寄出日期", kind="day"),
        ),
    )


def settled_part() -> Part:
    return Part(
        "处理情况",
        (
            FormField(
                key="note", label="怎样处理的", kind="text", hint="例如：已电话告知对方，请其按新函号重寄"
            ),
        ),
    )


def return_part(most: str) -> Part:
    """What of the money goes back to its payer, and why."""
    return Part(
        "退回",
        (
            FormField(
                key="amount", label="退回金额（元）", kind="amount", hint=f"最多{most}元，与银行流水核对"
            ),
            FormField(key="reason", label="理由", kind="text", hint="例如：申请人撤回，原路退回"),
        ),
        hint="由另一位同事复核后记账。银行没有到账、只是通知有误的，也在这里写明理由冲回。",
    )


def short_part() -> Part:
    """Why a transfer goes on with less money than its sheet says."""
    return Part(
        "按实收办理",
        (FormField(key="reason", label="理由", kind="text", hint="例如：对方来电更正，余额已扣除欠费"),),
        hint="先请对方补划；确实不再补的，写明理由后不再等款。以后补来的照样记入个人账户。",
    )
