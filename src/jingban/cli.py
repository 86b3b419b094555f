"""The ``jingban`` command: a list of names; each command's code is imported when it is called."""

from __future__ import annotations

import click

from jingban.core.commandline import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "workdays": "jingban.workdays.commands:workdays",
        "rulebook": "jingban.rulebook.commands:rulebook",
        "cases": "jingban.cases.commands:cases",
        "uploads": "jingban.uploads.commands:uploads",
        "ledger": "jingban.ledger.commands:ledger",
        "registry": "jingban.registry.commands:registry",
        "funds": "jingban.funds.commands:funds",
        "roster": "jingban.registry.commands:roster",
        "benefit": "jingban.benefits.commands:benefit",
        "exchange": "jingban.exchange.commands:exchange",
        "messages": "jingban.messaging.commands:messages",
        "ratings": "jingban.supervision.commands:ratings",
        "access": "jingban.server.accounts:access",
        "visits": "jingban.visits.commands:visits",
        "paper": "jingban.documents.commands:paper",
        "walk": "jingban.walk.commands:walk",
        "migrate": "jingban.server.commands:migrate",
        "demo": "jingban.server.commands:demo",
        "serve": "jingban.server.commands:serve",
    },
)
def main() -> None:
    """经办：办事指南就是程序"""
