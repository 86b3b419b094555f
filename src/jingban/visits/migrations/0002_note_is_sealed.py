"""What became of a visit lies sealed with the rest of it; the open column of former days goes."""

import json
from typing import Any

from django.db import migrations

from jingban.core.crypto import open_sealed, seal


def sealed(apps: Any, schema_editor: Any) -> None:
    for row in apps.get_model("visits", "Visit").objects.exclude(note="").iterator():
        context = f"visit:{row.pk}".encode()
        words = json.loads(open_sealed(bytes(row.body), context=context))
        words.setdefault("note", row.note)
        row.body = seal(json.dumps(words, ensure_ascii=False), context=context)
        row.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]

    operations = [
        migrations.RunPython(sealed, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("visit", "note"),
    ]
