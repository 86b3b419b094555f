from django.urls import path

from jingban.portals.public import board, home, paperfiles, switching, verify, views

urlpatterns = [
    path("", home.home, name="home"),
    path("guide/version/<str:digest>/", views.guide_version, name="guide-version"),
    path("guide/<slug:region>/", home.region, name="region"),
    path("guide/<slug:region>/<slug:tier>/<slug:item>/", views.guide, name="guide"),
    path("guide/<slug:region>/<slug:tier>/<slug:item>/notice/", views.guide_notice, name="guide-notice"),
    path("progress/", views.progress, name="progress"),
    path("progress/<str:number>/", views.progress_case, name="progress-case"),
    path("paper/<str:number>/<int:seq>/<slug:paper>/", paperfiles.paper, name="paper"),
    path("paper/<str:number>/<int:seq>/<slug:paper>.pdf", paperfiles.pdf, name="paper-pdf"),
    path("paper/<str:number>/<int:seq>/<slug:paper>/by-hand/", paperfiles.by_hand, name="paper-by-hand"),
    path("paper/<str:number>/<int:seq>/<slug:paper>/void/", paperfiles.void, name="paper-void"),
    path("paper/<str:number>/<int:seq>/<slug:paper>/again/", paperfiles.again, name="paper-again"),
    path("verify/", verify.ask, name="verify-ask"),
    path("verify/<str:code>/", verify.verify, name="verify"),
    path("notices/", board.board, name="notices"),
    path("regions/", switching.regions, name="regions"),
    path("editions/", switching.editions, name="editions"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
]
