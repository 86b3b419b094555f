from django.urls import path

from jingban.portals.office import failures, guide, people, places, trial, views, vocabulary

urlpatterns = [
    path("", views.home, name="office"),
    path("password/", views.password, name="office-password"),
    path("people/", people.people, name="office-people"),
    path("people/<int:pk>/", people.person, name="office-person"),
    path("people/<int:pk>/<slug:do>/", people.change, name="office-person-do"),
    path("grants/<int:pk>/end/", people.end, name="office-grant-end"),
    path("proposals/<int:pk>/", people.decide, name="office-proposal"),
    path("places/", places.places, name="office-places"),
    path("places/<slug:kind>/<int:pk>/end/", places.end, name="office-place-end"),
    path("guide/", guide.guide, name="office-guide"),
    path("guide/publish/", guide.publish_now, name="office-publish"),
    path("running/", guide.running, name="office-running"),
    path("running/move/", guide.move, name="office-move"),
    path("trial/", trial.trial, name="office-trial"),
    path("trial/table/", trial.table, name="office-trial-table"),
    path("words/", vocabulary.words, name="office-words"),
    path("words/own/", vocabulary.keep_phrase, name="office-phrases"),
    path("words/own/<int:pk>/end/", vocabulary.end_phrase, name="office-phrase-end"),
    path("calendar/", vocabulary.years, name="office-calendar"),
    path("calendar/<int:year>/", vocabulary.year, name="office-year"),
    path("failures/", failures.failures, name="office-failures"),
    path("failures/<int:pk>/again/", failures.again, name="office-again"),
]
