"""Where other agencies hand their letters in."""

from django.urls import path

from jingban.exchange import views

urlpatterns = [path("letters", views.letters, name="exchange-letters")]
