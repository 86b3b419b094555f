"""A void paper may be issued anew: one in force for each event or subject, and the new one names what it replaces."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="issuedpaper", name="one_paper_an_event"),
        migrations.RemoveConstraint(model_name="issuedpaper", name="one_paper_a_subject"),
        migrations.AddField(
            model_name="issuedpaper",
            name="replaces",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.issuedpaper",
                verbose_name="代替",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedpaper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("case__isnull", False), ("voided_at__isnull", True)),
                fields=("case", "seq", "kind"),
                name="one_paper_an_event",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuedpaper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("case__isnull", True), ("voided_at__isnull", True)),
                fields=("region", "subject", "kind"),
                name="one_paper_a_subject",
            ),
        ),
    ]
