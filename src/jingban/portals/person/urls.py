from django.urls import path

from jingban.portals.person import notice, views

urlpatterns = [
    path("apply/<slug:region>/<slug:tier>/<slug:item>/", views.apply, name="apply"),
    path("apply/<slug:region>/<slug:tier>/<slug:item>/materials/", views.materials, name="apply-materials"),
    path("notice/", notice.find, name="notice-find"),
    path("notice/<str:number>/", notice.notice, name="notice"),
    path("notice/<str:number>/do/object/", notice.objected, name="notice-object"),
    path("my/", views.mine, name="mine"),
    path("my/<str:number>/", views.my_case, name="my-case"),
    path("my/<str:number>/done/", views.done, name="apply-done"),
    path("my/<str:number>/do/<slug:act>/", views.my_act, name="my-act"),
]
