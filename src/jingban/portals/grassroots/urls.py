from django.urls import path

from jingban.portals.grassroots import offline, views, visiting

urlpatterns = [
    path("", views.home, name="grassroots"),
    path("care/<slug:key>/", views.care, name="grassroots-care"),
    path("help/", visiting.help_somebody, name="grassroots-help"),
    path("visits/", offline.shell, name="grassroots-offline"),
    path("visits/session/", offline.session, name="grassroots-session"),
    path("visits/upload/", offline.upload, name="grassroots-upload"),
    path("visits/mine/", visiting.mine, name="grassroots-visits"),
    path("visits/<uuid:mark>/", visiting.visit, name="grassroots-visit"),
    path("visits/<uuid:mark>/close/", visiting.close, name="grassroots-close"),
    path("sw.js", offline.worker, name="grassroots-worker"),
]
