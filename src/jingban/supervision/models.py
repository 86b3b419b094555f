"""How well it went, as the people served see it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Stars(models.IntegerChoices):
    """The five levels of 好差评, the worst first; 1 and 2 are bad ones (差评)."""

    VERY_BAD = 1, "非常不满意"
    BAD = 2, "不满意"
    FAIR = 3, "基本满意"
    GOOD = 4, "满意"
    VERY_GOOD = 5, "非常满意"


class Rating(models.Model):
    """What the applicant says of a case that ended: once, with one later addition (追评)."""

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="+")
    region = models.CharField("地区", max_length=32)
    office = models.CharField("经办处", max_length=48)
    item = models.CharField("事项", max_length=48)
    actor = models.BigIntegerField("评价人")
    stars = models.PositiveSmallIntegerField("等级", choices=Stars)
    words = models.BinaryField("评价", default=b"")
    rated_at = models.DateTimeField("评价时间")
    later_stars = models.PositiveSmallIntegerField("追评等级", choices=Stars, null=True)
    later_words = models.BinaryField("追评", default=b"")
    later_at = models.DateTimeField("追评时间", null=True)

    class Meta:
        verbose_name = "评价"
        indexes = [models.Index(fields=["region", "-rated_at"], name="rating_region")]
        constraints = [
            models.CheckConstraint(
                condition=Q(stars__range=(1, 5))
                & (Q(later_stars__isnull=True) | Q(later_stars__range=(1, 5))),
                name="rating_of_five",
            )
        ]
