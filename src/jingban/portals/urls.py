"""Addresses of all portals."""

from django.urls import include, path

urlpatterns = [
    path("desk/", include("jingban.portals.desk.urls")),
    path("exchange/", include("jingban.exchange.urls")),
    path("", include("jingban.portals.person.urls")),
    path("", include("jingban.portals.public.urls")),
]
