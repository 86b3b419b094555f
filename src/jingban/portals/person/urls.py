from django.urls import path

from jingban.portals.person import account, apply, draftlist, family, inbox, notice, supplement, views

urlpatterns = [
    path("apply/<slug:region>/<slug:tier>/<slug:item>/", views.apply, name="apply"),
    path("apply/<slug:region>/<slug:tier>/<slug:item>/materials/", views.materials, name="apply-materials"),
    path(
        "apply/<slug:region>/<slug:tier>/<slug:item>/<uuid:draft>/<slug:step>/", apply.step, name="apply-step"
    ),
    path("my/drafts/<uuid:draft>/discard/", draftlist.discard, name="draft-discard"),
    path("account/", account.account, name="account"),
    path("account/register/", account.register, name="account-register"),
    path("account/bind/", account.bind, name="account-bind"),
    path("my/family/", family.family, name="family"),
    path("my/messages/", inbox.inbox, name="inbox"),
    path("notice/", notice.find, name="notice-find"),
    path("notice/<str:number>/", notice.notice, name="notice"),
    path("notice/<str:number>/do/object/", notice.objected, name="notice-object"),
    path("my/", views.mine, name="mine"),
    path("my/<str:number>/", views.my_case, name="my-case"),
    path("my/<str:number>/rate/", views.rate, name="my-rate"),
    path("my/<str:number>/supplement/", supplement.supplement, name="my-supplement"),
    path("my/<str:number>/done/", views.done, name="apply-done"),
    path("my/<str:number>/do/<slug:act>/", views.my_act, name="my-act"),
]
