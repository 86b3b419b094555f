"""The peer of the rosters: the same spreadsheet through django-import-export into one flat table.

First without writing (its page shows that before it asks), then written, then exported; its quick settings (bulk, no
look-up, no difference shown). It checks that a line has a name and a right number, each number once. No history, no
periods, no sealing, no case, no second opinion of what is already registered: it does less.

``contest_importexport.py FILE``; DATABASE_URL names the database. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import dj_database_url
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"])},
    INSTALLED_APPS=["import_export"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.core.exceptions import ValidationError
from django.db import connection, models
from import_export import fields, resources
from stdnum.cn import ric
from tablib import Dataset


class Line(models.Model):
    """A person and his employment in one row."""

    name = models.CharField(max_length=100)
    number = models.CharField(max_length=18, unique=True)
    phone = models.CharField(max_length=20, blank=True)
    from_date = models.DateField()
    wage = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    address = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "peer"


TITLES = {
    "name": "姓名", "number": "证件号码", "phone": "手机号码", "from_date": "起始日期",
    "wage": "月缴费工资（元）", "address": "联系地址",
}  # fmt: skip


class Lines(resources.ModelResource):
    """With everything on that makes it quick."""

    class Meta:
        model = Line
        fields = tuple(TITLES)
        import_id_fields = ("number",)
        use_bulk = True
        use_transactions = True
        skip_diff = True
        force_init_instance = True

    @classmethod
    def field_from_django_field(
        cls, field_name: str, django_field: models.Field, readonly: bool
    ) -> fields.Field:
        found = super().field_from_django_field(field_name, django_field, readonly)
        found.column_name = TITLES[field_name]
        return found

    def before_import_row(self, row: dict[str, str], **_: object) -> None:
        number = str(row["证件号码"])  # of areas that were never issued: the check digit must do
        if not row["姓名"] or len(number) != 18 or ric.calc_check_digit(number) != number[-1]:
            raise ValidationError("name or number")


def main() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Line)
    told: dict[str, float] = {"start_mb": peak()}
    begun = time.perf_counter()
    data = Dataset().load(Path(sys.argv[1]).read_bytes(), format="xlsx")
    lines = Lines()
    lines.import_data(data, dry_run=True)
    told["check_s"] = time.perf_counter() - begun
    begun = time.perf_counter()
    lines.import_data(data)
    assert len(data) > Line.objects.count() > len(data) * 0.99
    told |= {"take_s": time.perf_counter() - begun, "done": Line.objects.count(), "peak_mb": peak()}
    begun = time.perf_counter()
    out = Path(sys.argv[1]).with_name("peer.xlsx")
    out.write_bytes(Lines().export(Line.objects.order_by("pk")).export("xlsx"))
    told |= {"export_s": time.perf_counter() - begun, "export_mb": peak()}
    print(json.dumps(told), flush=True)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


main()
