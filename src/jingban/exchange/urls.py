"""Where other agencies hand their letters in, and the tax department its receipts."""

from django.urls import path

from jingban.exchange import views

urlpatterns = [
    path("letters", views.letters, name="exchange-letters"),
    path("tax", views.tax, name="exchange-tax"),
]
