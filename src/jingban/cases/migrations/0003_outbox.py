"""The outbox keeps why a message was not taken over yet, and when it is tried again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_event_instants"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="message",
            name="message_waiting",
        ),
        migrations.AddField(
            model_name="message",
            name="fault",
            field=models.CharField(blank=True, max_length=1000, verbose_name="未发出的原因"),
        ),
        migrations.AddField(
            model_name="message",
            name="next_try_at",
            field=models.DateTimeField(null=True, verbose_name="下次尝试"),
        ),
        migrations.AddField(
            model_name="message",
            name="tries",
            field=models.PositiveIntegerField(default=0, verbose_name="尝试次数"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("delivered_at__isnull", True)),
                fields=["name", "id"],
                name="message_waiting",
            ),
        ),
    ]
