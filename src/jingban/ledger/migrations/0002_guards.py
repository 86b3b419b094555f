"""The triggers. They are put in as they are today, by the code that also puts them back after every migration:
a trigger names its columns late, and one whose table is not there yet is left to that."""

from typing import Any

from django.db import migrations


def put_in(apps: Any, schema_editor: Any) -> None:
    from jingban.ledger.guards import ensure_guards

    ensure_guards(schema_editor.connection.alias)


def take_out(apps: Any, schema_editor: Any) -> None:
    from jingban.ledger.guards import drop_guards

    drop_guards(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(put_in, take_out)]
