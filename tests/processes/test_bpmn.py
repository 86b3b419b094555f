"""Procedures as BPMN: identical after a round trip, safe to read, anything else refused by name."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator

from jingban.processes.bpmn import BpmnRefused, from_bpmn, to_bpmn
from jingban.processes.bpmn.words import BPMN, BPMNDI, DC, DI, predicate_of, predicate_text
from jingban.processes.model import Process
from jingban.processes.predicates import PREDICATES
from tests.processes.drawn import national, processes
from tests.thorough import examples

SIMPLE = "standard"
EXPORTED = {name: to_bpmn(national()[name]) for name in ("standard", "designation", "transfer", "aid-tracks")}


@pytest.mark.parametrize("name", sorted(national()))
def test_a_national_procedure_comes_back_as_it_went(name: str) -> None:
    process = national()[name]
    again = from_bpmn(to_bpmn(process))
    assert again == process
    assert again.edges == process.edges  # the order of acts, too: the first one is the main road


@settings(max_examples=examples(40, 300))
@given(processes())
def test_any_procedure_comes_back_as_it_went(process: Process) -> None:
    again = from_bpmn(to_bpmn(process))
    assert again == process
    assert [e for e in again.edges if e.kind != "common"] == [e for e in process.edges if e.kind != "common"]


@pytest.mark.parametrize("name", sorted(national()))
def test_the_export_is_valid_bpmn(name: str) -> None:
    """Against the schema of the standard that SpiffWorkflow brings along."""
    BpmnValidator().validate(etree.fromstring(to_bpmn(national()[name]).encode()))


def test_steps_and_arrows_stand_in_the_structure_not_in_our_attributes() -> None:
    """Without our own elements the diagram still says every step, arrow, limit and lane."""
    process = national()["designation"]
    root = ET.fromstring(to_bpmn(process))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("extensionElements") and parent.tag != f"{{{BPMN}}}process":
                kept = [e for e in child if e.tag.endswith(("}end", "}after", "}panel", "}lane"))]
                child[:] = kept
    again = from_bpmn(ET.tostring(root, encoding="unicode"))

    def arrows(of: Process) -> set[tuple[str, str]]:
        return {(e.source, e.target) for e in of.edges if e.kind != "follow"}

    assert arrows(again) == arrows(process)
    assert [s.by for s in again.steps.values()] == [s.by for s in process.steps.values()]
    assert [s.after and s.after.limit for s in again.steps.values()] == [
        s.after and s.after.limit for s in process.steps.values()
    ]


@pytest.mark.parametrize("name", sorted(national()))
def test_the_diagram_shows_every_element(name: str) -> None:
    root = ET.fromstring(to_bpmn(national()[name]))
    body = root.find(f"{{{BPMN}}}process")
    assert body is not None
    shown = {e.get("bpmnElement") for e in root.iter(f"{{{BPMNDI}}}BPMNShape")}
    drawn = {e.get("bpmnElement") for e in root.iter(f"{{{BPMNDI}}}BPMNEdge")}
    flows = {e.get("id") for e in body.iter(f"{{{BPMN}}}sequenceFlow")}
    nodes = {e.get("id") for e in body if e.get("id") and e.tag != f"{{{BPMN}}}laneSet"} - flows
    assert drawn == flows
    assert nodes <= shown
    for edge in root.iter(f"{{{BPMNDI}}}BPMNEdge"):
        points = [(float(p.get("x", "")), float(p.get("y", ""))) for p in edge.iter(f"{{{DI}}}waypoint")]
        assert len(points) >= 2
        assert all(abs(a[0] - b[0]) < 0.11 or abs(a[1] - b[1]) < 0.11 for a, b in pairwise(points))
    assert len(list(root.iter(f"{{{DC}}}Bounds"))) == len(list(root.iter(f"{{{BPMNDI}}}BPMNShape")))


def changed(before: str, after: str) -> str:
    xml = to_bpmn(national()[SIMPLE])
    assert before in xml
    return xml.replace(before, after)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            '<bpmn:exclusiveGateway id="choice.accept"',
            '<bpmn:parallelGateway id="choice.accept"',
            "不支持 parallelGateway（choice.accept）",
        ),
        (
            '<bpmn:exclusiveGateway id="choice.accept"',
            '<bpmn:scriptTask id="choice.accept"',
            "不支持 scriptTask",
        ),
        ("act == 'accept'", "__import__('os').system('true')", "不支持条件"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "<!DOCTYPE x [<!ENTITY a 'b'>]>", "DOCTYPE"),
        ('targetRef="step.review"', 'targetRef="step.nowhere"', "不存在"),
        ('cancelActivity="true"', 'cancelActivity="false"', "不中断"),
        ("<bpmn:flowNodeRef>step.review</bpmn:flowNodeRef>", "", "泳道"),
        ("</bpmn:definitions>", "", "XML"),
        ("bpmn:definitions", "bpmn:other", "definitions"),
        ('outcome="granted"', 'outcome="fine"', "不完整"),
    ],
)
def test_what_lies_outside_the_subset_is_refused_by_name(before: str, after: str, said: str) -> None:
    xml = changed(before, after)
    with pytest.raises(BpmnRefused, match=said):
        from_bpmn(xml)


@pytest.mark.parametrize("name", sorted(PREDICATES))
def test_a_condition_is_read_back_without_being_evaluated(name: str) -> None:
    assert predicate_of(predicate_text(name)) == name


def test_an_unknown_condition_names_the_ones_that_serve() -> None:
    with pytest.raises(BpmnRefused, match="self-service"):
        predicate_of("amount > 5000")


def test_a_key_that_cannot_be_an_xml_id_is_refused() -> None:
    process = national()[SIMPLE].model_copy(update={"process": "a b"})
    with pytest.raises(BpmnRefused, match="请改名"):
        to_bpmn(process)


@settings(max_examples=examples(100, 400))
@given(
    st.randoms(use_true_random=False), st.sampled_from(["standard", "designation", "transfer", "aid-tracks"])
)
def test_a_spoilt_diagram_is_refused_in_words_or_read(dice: Random, name: str) -> None:
    root = ET.fromstring(EXPORTED[name])
    for _ in range(dice.randint(1, 3)):
        _spoil(root, dice)
    with suppress(BpmnRefused):
        from_bpmn(ET.tostring(root, encoding="unicode"))


def _spoil(root: ET.Element, dice: Random) -> None:
    """Take away, swap or empty something."""
    element = dice.choice([e for e in root.iter() if "omg.org/spec/DD" not in e.tag])
    attributes = [*element.attrib]
    match dice.randint(0, 3):
        case 0 if len(element):
            element.remove(dice.choice([*element]))
        case 1 if attributes:
            del element.attrib[dice.choice(attributes)]
        case 2 if attributes:
            other = dice.choice([*root.iter()])
            element.set(dice.choice(attributes), next(iter(other.attrib.values()), "x"))
        case _:
            element.text = "x"


def test_a_flow_that_nobody_reads_is_not_passed_over() -> None:
    xml = changed(
        "</bpmn:process>",
        '<bpmn:sequenceFlow id="stray" sourceRef="end.granted" targetRef="step.accept"/></bpmn:process>',
    )
    with pytest.raises(BpmnRefused, match="stray"):
        from_bpmn(xml)
