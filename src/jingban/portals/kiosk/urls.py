from django.urls import path

from jingban.portals.kiosk import views

urlpatterns = [
    path("", views.start, name="kiosk"),
    path("on/", views.switch_on, name="kiosk-on"),
    path("alive/", views.alive, name="kiosk-alive"),
    path("leave/", views.leave, name="kiosk-leave"),
    path("off/", views.switch_off, name="kiosk-off"),
]
