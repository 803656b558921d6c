"""`/p/`: the pages of a platform's contact."""

from django.urls import path

from visits import contact_views as views

app_name = "contacts"
urlpatterns = [
    path("", views.home, name="home"),
    path("leave/", views.leave, name="leave"),
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/find/", views.find_answer, name="find-answer"),
    path("feedback/<slug:code>/", views.feedback_answer, name="feedback-answer"),
    path("new/", views.raise_request, name="raise"),
    path("issues/<issue_number:number>/", views.issue, name="issue"),
    path("issues/<issue_number:number>/receipt/", views.receipt, name="receipt"),
    path("issues/<issue_number:number>/solved/", views.solved, name="solved"),
    path("issues/<issue_number:number>/unsolved/", views.unsolved, name="unsolved"),
    path("issues/<issue_number:number>/rating/", views.rate, name="rate"),
    path("issues/<issue_number:number>/withdraw/", views.withdraw, name="withdraw"),
]
