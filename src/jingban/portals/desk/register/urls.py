from django.urls import path

from jingban.portals.desk.register import aidlists, counter, looking, persons, rosters, tax, units, worklists

urlpatterns = [
    path("", looking.home, name="register"),
    path("person/<int:pk>/", persons.person, name="register-person"),
    path("person/<int:pk>/full/", persons.reveal, name="register-person-full"),
    path("person/<int:pk>/issued/<str:number>/", persons.issued, name="register-issued"),
    path("person/<int:pk>/helper/", counter.helper, name="register-helper"),
    path("person/<int:pk>/helper/<int:helper>/end/", counter.helper_ends, name="register-helper-end"),
    path("person/<int:pk>/account/", counter.account, name="register-account"),
    path("unit/<int:pk>/", units.unit, name="register-unit"),
    path("unit/<int:pk>/full/", units.reveal, name="register-unit-full"),
    path("unit/<int:pk>/levy/", units.levy, name="register-levy"),
    path("unit/<int:pk>/operator/", units.operator, name="register-operator"),
    path("work/", worklists.work, name="register-work"),
    path("work/promise/<int:pk>/", worklists.promise, name="register-promise"),
    path("work/recheck/<int:pk>/", worklists.recheck, name="register-recheck"),
    path("work/duplicate/<int:pk>/", worklists.duplicate, name="register-duplicate"),
    path("work/look/", worklists.look, name="register-look"),
    path("tax/", tax.tax, name="register-tax"),
    path("aid/", aidlists.aid, name="register-aid"),
    path("rosters/", rosters.rosters, name="register-rosters"),
    path("rosters/<int:pk>/", rosters.roster, name="register-roster"),
    path("rosters/<int:pk>/result/", rosters.result, name="register-roster-result"),
    path("rosters/template/<slug:kind>/", rosters.template, name="register-roster-template"),
]
