"""Start Django for a command: the development settings unless the environment says otherwise."""

from __future__ import annotations

import os


def boot(settings: str = "jingban.settings.dev") -> None:
    """Set up Django once; a later call changes nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    import django

    django.setup()
