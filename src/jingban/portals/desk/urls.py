from django.urls import include, path

from jingban.portals.desk import assigning, batch, printed, receipt, starting, tickets, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("search/", views.search, name="desk-search"),
    path("start/", starting.start, name="desk-start"),
    path("batch/", batch.batch, name="desk-batch"),
    path("tickets/", tickets.call, name="desk-tickets"),
    path("", include("jingban.portals.desk.benefit.urls")),
    path("register/", include("jingban.portals.desk.register.urls")),
    path("case/<str:number>/registers/", views.registers, name="desk-registers"),
    path("case/<str:number>/", views.case, name="desk-case"),
    path("case/<str:number>/full/", views.reveal, name="desk-reveal"),
    path("case/<str:number>/related/", views.related, name="desk-related"),
    path("case/<str:number>/mail/", views.mail, name="desk-case-mail"),
    path("case/<str:number>/sign/", receipt.sign, name="desk-sign"),
    path("case/<str:number>/letter/", views.letter, name="desk-letter"),
    path("case/<str:number>/assign/", assigning.assign, name="desk-assign"),
    path("case/<str:number>/do/<slug:act>/", views.act, name="desk-act"),
    path("print/issued/<int:pk>/<str:number>.pdf", printed.issued, name="print-issued"),
    path("print/levy/<slug:region>/<str:number>.pdf", printed.levy, name="print-levy"),
    path("print/letter/<int:pk>.pdf", printed.letter, name="print-letter"),
    path("print/roster/<int:pk>.pdf", printed.roster, name="print-roster"),
    path("", include("jingban.portals.desk.mail.urls")),
]
