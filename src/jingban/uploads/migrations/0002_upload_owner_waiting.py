from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("uploads", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                condition=models.Q(("case__isnull", True)), fields=["owner"], name="upload_owner_waiting"
            ),
        ),
    ]
