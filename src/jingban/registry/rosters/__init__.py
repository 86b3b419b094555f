"""Rosters: a unit's employees or a village's residents by spreadsheet, checked line by line, taken as one case."""

from jingban.registry.rosters.checking import check_file as check_file
from jingban.registry.rosters.exporting import export_result as export_result
from jingban.registry.rosters.exporting import export_unit as export_unit
from jingban.registry.rosters.exporting import export_village as export_village
from jingban.registry.rosters.exporting import template as template
from jingban.registry.rosters.taking import take as take
from jingban.registry.rosters.taking import take_lines as take_lines
