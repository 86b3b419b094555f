from django.urls import path

from jingban.portals.provider import cases, home

urlpatterns = [
    path("", home.home, name="provider"),
    path("taken/<str:number>/", home.handed_in, name="provider-handed-in"),
    path("case/<str:number>/", cases.case, name="provider-case"),
    path("case/<str:number>/full/", cases.reveal, name="provider-reveal"),
    path("case/<str:number>/do/<slug:act>/", cases.act, name="provider-act"),
]
