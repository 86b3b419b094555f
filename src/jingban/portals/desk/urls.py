from django.urls import include, path

from jingban.portals.desk import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("search/", views.search, name="desk-search"),
    path("start/", views.start, name="desk-start"),
    path("register/", include("jingban.portals.desk.register.urls")),
    path("case/<str:number>/registers/", views.registers, name="desk-registers"),
    path("case/<str:number>/", views.case, name="desk-case"),
    path("case/<str:number>/full/", views.reveal, name="desk-reveal"),
    path("case/<str:number>/letter/", views.letter, name="desk-letter"),
    path("case/<str:number>/do/<slug:act>/", views.act, name="desk-act"),
    path("", include("jingban.portals.desk.mail.urls")),
]
