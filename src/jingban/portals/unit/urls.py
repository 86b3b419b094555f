from django.urls import path

from jingban.portals.unit import changes, home, levies, operators, people, seals

urlpatterns = [
    path("", home.home, name="unit"),
    path("<int:pk>/people/", people.people, name="unit-people"),
    path("<int:pk>/people/export/", people.export, name="unit-people-export"),
    path("<int:pk>/changes/", changes.changes, {"operation": "add"}, name="unit-changes"),
    path("<int:pk>/changes/template/", changes.template, name="unit-template"),
    path("<int:pk>/changes/done/<str:number>/", home.handed_in, name="unit-handed-in"),
    path("<int:pk>/changes/<slug:operation>/", changes.changes, name="unit-change"),
    path("<int:pk>/levies/", levies.levies, name="unit-levies"),
    path("<int:pk>/levies/<str:number>.pdf", levies.slip, name="unit-levy"),
    path("<int:pk>/seals/", seals.seals, name="unit-seals"),
    path("<int:pk>/seals/<str:number>/", seals.seal, name="unit-seal"),
    path("<int:pk>/operators/", operators.operators, name="unit-operators"),
]
