from django.urls import path

from jingban.portals.desk.benefit import books, events, sums, views

CASE = "case/<str:number>/benefit/"

urlpatterns = [
    path(CASE, views.benefit, name="desk-benefit"),
    path(f"{CASE}bill/", views.new, name="desk-bill-new"),
    path(f"{CASE}bill/<int:pk>/", views.bill, name="desk-bill"),
    path(f"{CASE}bill/<int:pk>/edit/", views.edit, name="desk-bill-edit"),
    path(f"{CASE}bill/<int:pk>/remove/", views.remove, name="desk-bill-remove"),
    path(f"{CASE}catalogue/", views.catalogue, name="desk-catalogue"),
    path(f"{CASE}sums/", sums.sums, name="desk-sums"),
    path(f"{CASE}event/", events.event, name="desk-event"),
    path("register/claims/", books.claims, name="register-claims"),
    path("register/batches/", books.batches, name="register-batches"),
    path("register/invoices/", books.invoices, name="register-invoices"),
]
