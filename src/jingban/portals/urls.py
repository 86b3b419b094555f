"""Addresses of all portals."""

from django.urls import include, path

from jingban.portals import files
from jingban.portals.desk import tickets

urlpatterns = [
    path("desk/", include("jingban.portals.desk.urls")),
    path("exchange/", include("jingban.exchange.urls")),
    path("upload/<uuid:pk>/", files.upload, name="upload"),
    path("funds/", include("jingban.portals.funds.urls")),
    path("kiosk/", include("jingban.portals.kiosk.urls")),
    path("queue/<slug:region>/", tickets.take, name="queue"),
    path("queue/<slug:region>/<slug:hall>/", tickets.screen, name="queue-screen"),
    path("village/", include("jingban.portals.grassroots.urls")),
    path("office/", include("jingban.portals.office.urls")),
    path("provider/", include("jingban.portals.provider.urls")),
    path("unit/", include("jingban.portals.unit.urls")),
    path("", include("jingban.portals.person.urls")),
    path("", include("jingban.portals.public.urls")),
]
