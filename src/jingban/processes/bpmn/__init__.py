"""BPMN 2.0 as the language to exchange procedures in: export with a diagram, import of the same subset."""

from __future__ import annotations

from jingban.processes.bpmn.export import to_bpmn
from jingban.processes.bpmn.import_ import from_bpmn
from jingban.processes.bpmn.words import BpmnRefused

__all__ = ["BpmnRefused", "from_bpmn", "to_bpmn"]
