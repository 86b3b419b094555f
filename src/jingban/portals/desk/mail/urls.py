from django.urls import path

from jingban.portals.desk.mail import money, views

urlpatterns = [
    path("mail/", views.mail, name="desk-mail"),
    path("mail/contact-letter/", views.contact, name="desk-contact-letter"),
    path("mail/<int:pk>/", views.letter, name="desk-mail-letter"),
    path("mail/<int:pk>/full/", views.whole, name="desk-mail-full"),
    path("mail/<int:pk>/posted/", views.post, name="desk-mail-posted"),
    path("mail/<int:pk>/settled/", views.settle, name="desk-mail-settled"),
    path("case/<str:number>/letter/<slug:kind>/", views.paper, name="desk-paper"),
    path("case/<str:number>/old-place/", views.place, name="desk-old-place"),
    path("case/<str:number>/money/", money.money, name="desk-money"),
    path("case/<str:number>/money/return/", money.give_back, name="desk-money-return"),
    path("case/<str:number>/money/short/", money.go_on, name="desk-money-short"),
    path("case/<str:number>/money/<int:pk>/", money.agree, name="desk-money-agree"),
]
