"""The door of the registers; other apps import nothing else of this one.

Named after what is meant, because the modules behind it use the short names among themselves (``find``, ``end``).
"""

from __future__ import annotations

from jingban.registry.accounts import FUND as ACCOUNT_FUND
from jingban.registry.accounts import OUTGOING as ACCOUNT_OUTGOING
from jingban.registry.accounts import PAYABLE as ACCOUNT_PAYABLE
from jingban.registry.accounts import chart as account_chart
from jingban.registry.accounts import taken_out
from jingban.registry.aid import premium_paid
from jingban.registry.aid_lists import MESSAGE as AID_LIST
from jingban.registry.aid_lists import Opened as AidCase
from jingban.registry.aid_lists import Row as AidRow
from jingban.registry.aid_lists import Taken as AidTaken
from jingban.registry.aid_lists import from_list as take_aid_list
from jingban.registry.aid_lists import open_cases as open_aid_cases
from jingban.registry.care import LISTS as CARE_LISTS
from jingban.registry.care import Cared, CarePage, around, care_counts, care_list
from jingban.registry.certificates import read as issued_body
from jingban.registry.changes import of_case as changes_of_case
from jingban.registry.claims import Conflict, conflicts
from jingban.registry.dossier import History, Standing, history_of, paid_of, standing_of, ties_of, unit_file
from jingban.registry.duplicates import decide_distinct, decide_merge, when_merged
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
from jingban.registry.identity import users_of
from jingban.registry.insured import (
    aid_on,
    applicant_of,
    average_base,
    hold_paid_days,
    kin_names,
    merged_rows,
    months_unbroken,
    recognised_on,
    release_paid_days,
    rows_of,
    spells_within,
)
from jingban.registry.interests import own_and_kin
from jingban.registry.levies import held_void as levy_held_void
from jingban.registry.levies import issue_for_unit as issue_levy
from jingban.registry.levy_rates import NOT_LEVIED_BY, by_illustrations
from jingban.registry.levy_rates import due_words as levy_due_words
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
    rosters_of_unit,
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
from jingban.registry.persons import person_of
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
from jingban.registry.rosters.columns import Column as RosterColumn
from jingban.registry.rosters.exporting import export_looked, export_result
from jingban.registry.rosters.exporting import export_unit as export_employees
from jingban.registry.rosters.exporting import template as roster_template
from jingban.registry.rosters.holders import refuse_foreign as refuse_foreign_roster
from jingban.registry.rosters.reading import raw_rows as sheet_rows
from jingban.registry.rosters.typed import MOST as ROSTER_MOST
from jingban.registry.rosters.typed import Looked as LookedLine
from jingban.registry.rosters.typed import Typed as TypedLine
from jingban.registry.rosters.typed import as_typed as cell_text
from jingban.registry.rosters.typed import belongs_to as tie_roster
from jingban.registry.rosters.typed import columns as roster_columns
from jingban.registry.rosters.typed import keep as keep_roster
from jingban.registry.rosters.typed import look_over
from jingban.registry.rosters.typed import of_file as lines_of_file
from jingban.registry.rosters.typed import pasted as pasted_lines
from jingban.registry.rosters.typed import split as split_pasted
from jingban.registry.search import FoundUnit, NothingToSearch, Page, search
from jingban.registry.search import by_place as people_of_place
from jingban.registry.search import by_unit as people_of_named_unit
from jingban.registry.search import in_unit as people_in_unit
from jingban.registry.search import kind_of as search_kind
from jingban.registry.search import of_unit as people_of_unit
from jingban.registry.search import units as search_units
from jingban.registry.selfservice import (
    ActsFor,
    accounts_of,
    acts_for,
    bound_name,
    number_mark,
    on_record,
    own_mark,
    own_person,
    verify_and_bind,
)
from jingban.registry.sheets import Sheet
from jingban.registry.sheets import checked as checked_sheet
from jingban.registry.shown import Altered, altered, item_names, reason_words, relation_words
from jingban.registry.snapshots import issued_kind, issued_words
from jingban.registry.tax_notices import confirmed as confirm_levy
from jingban.registry.transfer_funds import Funds, funds_of_cases, funds_standing, return_funds
from jingban.registry.transfer_funds import take_short as take_short_funds
from jingban.registry.transfer_funds import was_told as funds_told
from jingban.registry.transfers import receive_funds, receive_sheet, sheet_of
from jingban.registry.unit_rights import EMPLOYEES as EMPLOYEES_DECLARED
from jingban.registry.unit_rights import RIGHTS as UNIT_RIGHTS
from jingban.registry.unit_rights import Acting, acting_for
from jingban.registry.unit_rights import answering as answering_for_unit
from jingban.registry.unit_rights import cases_of as cases_of_unit
from jingban.registry.unit_rights import dismiss as dismiss_unit_operator
from jingban.registry.unit_rights import name as name_unit_operator
from jingban.registry.unit_rights import required as required_for_unit
from jingban.registry.unit_rights import rights_of as rights_of_operator
from jingban.registry.unit_seals import Asked as AskedSeal
from jingban.registry.unit_seals import Word as SealWord
from jingban.registry.unit_seals import asked_of as seal_asked
from jingban.registry.unit_seals import decide as decide_seal
from jingban.registry.unit_seals import recent as recent_seals
from jingban.registry.unit_seals import waiting as seals_waiting
from jingban.registry.unit_seals import words_of as seal_words
from jingban.registry.units import UnitNotFound, dismiss_operator, name_operator
from jingban.registry.units import operator_accounts as unit_operators
from jingban.registry.units import operators as operators_of_unit
from jingban.registry.waits import derived_by_illustrations
from jingban.registry.withdrawals import due as withdrawal_due
from jingban.registry.words import day_text, register_name

__all__ = [
    "ACCOUNT_FUND",
    "ACCOUNT_OUTGOING",
    "ACCOUNT_PAYABLE",
    "AID_LIST",
    "CARE_LISTS",
    "EMPLOYEES_DECLARED",
    "HELPER_KINDS",
    "NOT_LEVIED_BY",
    "ROSTER_MOST",
    "UNIT_RIGHTS",
    "UNIT_ROSTER",
    "VILLAGE_ROSTER",
    "Acting",
    "ActsFor",
    "AidCase",
    "AidRow",
    "AidTaken",
    "AlreadyEnrolled",
    "Altered",
    "AskedSeal",
    "BenefitPaid",
    "CarePage",
    "Cared",
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
    "LookedLine",
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
    "RosterColumn",
    "SealWord",
    "Sheet",
    "Source",
    "Standing",
    "TaxNotice",
    "TypedLine",
    "Unit",
    "UnitNotFound",
    "account_chart",
    "accounts_of",
    "acting_for",
    "acts_for",
    "aid_on",
    "altered",
    "answering_for_unit",
    "applicant_of",
    "around",
    "average_base",
    "bind_account",
    "bound_name",
    "by_illustrations",
    "care_counts",
    "care_list",
    "cases_of_unit",
    "cell_text",
    "changes_of_case",
    "check_roster",
    "checked_sheet",
    "confirm_levy",
    "conflicts",
    "day_text",
    "decide_distinct",
    "decide_merge",
    "decide_seal",
    "derived_by_illustrations",
    "dismiss_operator",
    "dismiss_unit_operator",
    "doctor",
    "due_for_recheck",
    "duplicate_of_id",
    "duplicate_words",
    "end_helper",
    "end_recognition",
    "ensure_guards",
    "export_employees",
    "export_looked",
    "export_result",
    "filing_for",
    "filing_of_id",
    "find_duplicates",
    "funds_of_cases",
    "funds_standing",
    "funds_told",
    "history_of",
    "hold_paid_days",
    "issue_levy",
    "issued_body",
    "issued_kind",
    "issued_words",
    "item_names",
    "keep_roster",
    "kin_names",
    "levy_due_words",
    "levy_held_void",
    "lines_of_file",
    "look_over",
    "masked_numbers",
    "merged_rows",
    "months_unbroken",
    "name_operator",
    "name_unit_operator",
    "next_number",
    "number_mark",
    "numbers_of",
    "on_record",
    "open_aid_cases",
    "operators_of_unit",
    "own_and_kin",
    "own_mark",
    "own_person",
    "paid_of",
    "pasted_lines",
    "people_in_unit",
    "people_of_named_unit",
    "people_of_place",
    "people_of_unit",
    "person_by_number",
    "person_of",
    "person_of_id",
    "premium_paid",
    "preview",
    "promise_broken",
    "promise_kept",
    "promises_due",
    "reason_words",
    "receive_funds",
    "receive_sheet",
    "recent_rosters",
    "recent_seals",
    "recognised_on",
    "recognition_of_id",
    "record_helper",
    "refuse_foreign_roster",
    "register_name",
    "relation_words",
    "release_paid_days",
    "renew_recognition",
    "required_for_unit",
    "return_funds",
    "rights_of_operator",
    "roster_columns",
    "roster_lines",
    "roster_of_id",
    "roster_template",
    "rosters_of_unit",
    "rows_of",
    "seal_asked",
    "seal_words",
    "seals_waiting",
    "search",
    "search_kind",
    "search_units",
    "sheet_of",
    "sheet_rows",
    "spells_within",
    "split_pasted",
    "standing_of",
    "take_aid_list",
    "take_short_funds",
    "taken_out",
    "tax_notices",
    "tie_roster",
    "ties_of",
    "undecided_duplicates",
    "unit_file",
    "unit_of_id",
    "unit_operators",
    "users_of",
    "verify_and_bind",
    "when_merged",
    "withdrawal_due",
]
