from django.urls import path

from jingban.portals.public import views

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/version/<str:digest>/", views.guide_version, name="guide-version"),
    path("guide/<slug:region>/", views.region, name="region"),
    path("guide/<slug:region>/<slug:tier>/<slug:item>/", views.guide, name="guide"),
    path("progress/", views.progress, name="progress"),
    path("progress/<str:number>/", views.progress_case, name="progress-case"),
    path("paper/<str:number>/<int:seq>/<slug:paper>/", views.paper, name="paper"),
    path("large/", views.large, name="large"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
]
