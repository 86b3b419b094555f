"""Flow charts of procedures: a drawable graph, an own layered layout, accessible SVG, text."""

from __future__ import annotations

from jingban.processes.flowchart.narration import Line, Onward, as_text
from jingban.processes.flowchart.svg import render

__all__ = ["Line", "Onward", "as_text", "render"]
