"""At a counter: going on with what was written down before, on a visit or at the village's table.

Its draft has the name and the photographs; the form takes them over and goes out under the draft's own key, so that a
visit becomes one case at most.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import QueryDict

from jingban.access.service import Actor
from jingban.cases import actions, drafts
from jingban.cases.errors import DraftNotFound
from jingban.cases.view import CaseView
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads
from jingban.visits import service as visits


def gone_on_with(sent: QueryDict, item: EffectiveItem, actor: Actor, now: datetime) -> QueryDict:
    """The form as the draft that the address names began it; as it is where there is none. DraftHandedIn."""
    try:
        draft = drafts.find(UUID(sent.get("draft", "")), actor=actor, now=now)
    except (ValueError, DraftNotFound):
        return sent
    if (draft.region, draft.tier, draft.item) != (item.region, item.tier, item.item):
        return sent
    form = sent.copy()
    for key, text in drafts.contents(draft).answers.items():
        form[key] = text
    form["key"] = str(draft.key)
    form.setlist("supplied", sorted({file.slot for file in uploads.of_draft(draft.pk)}))
    return form


def settled(key: str, view: CaseView, actor: Actor, now: datetime) -> None:
    """What waited under the key of this submission is the case's now, and the visit that it began with is closed."""
    if (draft := drafts.of_key(actions.as_key(key), actor=actor)) is not None:
        drafts.handed_in(draft, view, now=now)
        visits.became(draft.pk, worker=actor.id, number=view.number, now=now)
