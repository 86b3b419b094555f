"""Whose people a case is about becomes a column, so that a village finds its cases among all without reading them.

The database fills it from the state in the one pass in which it adds it.
"""

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Left, NullIf


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="place",
            field=models.GeneratedField(
                db_persist=True,
                expression=NullIf(Left(KeyTextTransform("place", "state"), 64), models.Value("")),
                output_field=models.CharField(max_length=64, null=True),
                verbose_name="村（社区）、乡镇或定点医疗机构",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("outcome__isnull", True), ("place__isnull", False)),
                fields=["place", "region", "office", "role", "due_on", "id"],
                name="case_place",
                opclasses=["varchar_pattern_ops", "", "", "", "", ""],
            ),
        ),
    ]
