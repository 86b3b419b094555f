"""The door of the registers; other apps import nothing else of this one.

Named after what is meant, because the modules behind it use the short names among themselves (``find``, ``end``).
"""

from __future__ import annotations

from jingban.registry.accounts import balance as account_balance
from jingban.registry.aid import CATEGORIES as AID_CATEGORIES
from jingban.registry.aid_lists import MESSAGE as AID_LIST
from jingban.registry.aid_lists import Opened as AidCase
from jingban.registry.aid_lists import Row as AidRow
from jingban.registry.aid_lists import Taken as AidTaken
from jingban.registry.aid_lists import from_list as take_aid_list
from jingban.registry.aid_lists import open_cases as open_aid_cases
from jingban.registry.certificates import read as issued_body
from jingban.registry.changes import of_case as changes_of_case
from jingban.registry.claims import Conflict, conflicts
from jingban.registry.dossier import History, Standing, history_of, paid_of, standing_of, ties_of, unit_file
from jingban.registry.duplicates import decide_distinct, decide_merge
from jingban.registry.duplicates import find as find_duplicates
from jingban.registry.duplicates import undecided as undecided_duplicates
from jingban.registry.duplicates import words as duplicate_words
from jingban.registry.errors import (
    AlreadyEnrolled,
    BenefitPaid,
    EnrolmentRefused,
    MonthsMissing,
    MonthTwice,
    NotEnrolled,
    NothingChanges,
    NotYours,
    NumberTaken,
    PersonClosed,
    PersonNotFound,
    RegisterMoved,
    RegisterRefuses,
    RegistryError,
)
from jingban.registry.filings import breach as promise_broken
from jingban.registry.filings import promise_kept, promises_due
from jingban.registry.guards import doctor, ensure_guards
from jingban.registry.identity import bind as bind_account
from jingban.registry.levies import issue_for_unit as issue_levy
from jingban.registry.lists import (
    duplicate_of_id,
    filing_of_id,
    masked_numbers,
    numbers_of,
    person_of_id,
    recent_rosters,
    recognition_of_id,
    roster_lines,
    roster_of_id,
    tax_notices,
    unit_of_id,
)
from jingban.registry.models import (
    DuplicatePair,
    Enrolment,
    Insurance,
    Issued,
    Levy,
    OffsiteFiling,
    Person,
    Recognition,
    Roster,
    Source,
    TaxNotice,
    Unit,
)
from jingban.registry.numbers import next_number
from jingban.registry.offsite import Answer as FilingAnswer
from jingban.registry.offsite import filing_for
from jingban.registry.origin import Origin
from jingban.registry.persons import find as person_by_number
from jingban.registry.preview import Preview, preview
from jingban.registry.recognitions import due_for_recheck
from jingban.registry.recognitions import end as end_recognition
from jingban.registry.recognitions import renew as renew_recognition
from jingban.registry.representatives import WORDS as HELPER_KINDS
from jingban.registry.representatives import Given as GivenHelper
from jingban.registry.representatives import end as end_helper
from jingban.registry.representatives import record as record_helper
from jingban.registry.rosters.checking import check_file as check_roster
from jingban.registry.rosters.columns import UNIT as UNIT_ROSTER
from jingban.registry.rosters.columns import VILLAGE as VILLAGE_ROSTER
from jingban.registry.rosters.exporting import export_result
from jingban.registry.rosters.exporting import template as roster_template
from jingban.registry.rosters.holders import refuse_foreign as refuse_foreign_roster
from jingban.registry.search import FoundUnit, NothingToSearch, Page, search
from jingban.registry.search import by_place as people_of_place
from jingban.registry.search import by_unit as people_of_named_unit
from jingban.registry.search import kind_of as search_kind
from jingban.registry.search import of_unit as people_of_unit
from jingban.registry.search import units as search_units
from jingban.registry.sheets import Sheet
from jingban.registry.sheets import checked as checked_sheet
from jingban.registry.shown import Altered, altered, item_names, reason_words, relation_words
from jingban.registry.snapshots import issued_kind, issued_words
from jingban.registry.tax_notices import confirmed as confirm_levy
from jingban.registry.transfer_funds import Funds, funds_standing, return_funds
from jingban.registry.transfer_funds import take_short as take_short_funds
from jingban.registry.transfer_funds import was_told as funds_told
from jingban.registry.transfers import receive_funds, receive_sheet, sheet_of
from jingban.registry.units import UnitNotFound, dismiss_operator, name_operator
from jingban.registry.units import find as unit_by_code
from jingban.registry.words import day_text, register_name

__all__ = [
    "AID_CATEGORIES",
    "AID_LIST",
    "HELPER_KINDS",
    "UNIT_ROSTER",
    "VILLAGE_ROSTER",
    "AidCase",
    "AidRow",
    "AidTaken",
    "AlreadyEnrolled",
    "Altered",
    "BenefitPaid",
    "Conflict",
    "DuplicatePair",
    "Enrolment",
    "EnrolmentRefused",
    "FilingAnswer",
    "FoundUnit",
    "Funds",
    "GivenHelper",
    "History",
    "Insurance",
    "Issued",
    "Levy",
    "MonthTwice",
    "MonthsMissing",
    "NotEnrolled",
    "NotYours",
    "NothingChanges",
    "NothingToSearch",
    "NumberTaken",
    "OffsiteFiling",
    "Origin",
    "Page",
    "Person",
    "PersonClosed",
    "PersonNotFound",
    "Preview",
    "Recognition",
    "RegisterMoved",
    "RegisterRefuses",
    "RegistryError",
    "Roster",
    "Sheet",
    "Source",
    "Standing",
    "TaxNotice",
    "Unit",
    "UnitNotFound",
    "account_balance",
    "altered",
    "bind_account",
    "changes_of_case",
    "check_roster",
    "checked_sheet",
    "confirm_levy",
    "conflicts",
    "day_text",
    "decide_distinct",
    "decide_merge",
    "dismiss_operator",
    "doctor",
    "due_for_recheck",
    "duplicate_of_id",
    "duplicate_words",
    "end_helper",
    "end_recognition",
    "ensure_guards",
    "export_result",
    "filing_for",
    "filing_of_id",
    "find_duplicates",
    "funds_standing",
    "funds_told",
    "history_of",
    "issue_levy",
    "issued_body",
    "issued_kind",
    "issued_words",
    "item_names",
    "masked_numbers",
    "name_operator",
    "next_number",
    "numbers_of",
    "open_aid_cases",
    "paid_of",
    "people_of_named_unit",
    "people_of_place",
    "people_of_unit",
    "person_by_number",
    "person_of_id",
    "preview",
    "promise_broken",
    "promise_kept",
    "promises_due",
    "reason_words",
    "receive_funds",
    "receive_sheet",
    "recent_rosters",
    "recognition_of_id",
    "record_helper",
    "refuse_foreign_roster",
    "register_name",
    "relation_words",
    "renew_recognition",
    "return_funds",
    "roster_lines",
    "roster_of_id",
    "roster_template",
    "search",
    "search_kind",
    "search_units",
    "sheet_of",
    "standing_of",
    "take_aid_list",
    "take_short_funds",
    "tax_notices",
    "ties_of",
    "undecided_duplicates",
    "unit_by_code",
    "unit_file",
    "unit_of_id",
]
