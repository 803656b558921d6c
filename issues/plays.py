"""How each move is made, by page and by API alike: what is asked, which service is called, what is said afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from issues import forms, services
from issues.deadlines import Proposal
from issues.in_sight import (
    Fact,
    facts_of_decision,
    facts_of_extension,
    facts_of_referral,
    facts_of_return,
    facts_of_suspension,
    facts_of_tier,
)
from issues.moves_on_offer import Desk
from issues.services.requests import propose_extension, propose_tier
from issues.services.suspension import propose_resumption
from issues.workflow import Action

Values = Mapping[str, Any]
SENT = _("申请已提交，等待审批；批准之前，原到期日照常有效。")


@dataclass(frozen=True, slots=True)
class Play:
    """`form` asks, `act` calls the service with what the form found, `done` is said when it went well.

    `propose` gives the due date as it would be, from the form's values. `must_see`: the page has to have shown it
    before the move is made (R29); `asks`: the value that the date follows while the form is filled in.
    `facts` are named in words above the form. `into`: the value that names another issue, which the page has to have
    shown before the move is made.
    """

    form: type[forms.MoveForm]
    act: Callable[[Desk, Values], object]
    done: Promise
    propose: Callable[[Desk, Values], Proposal | None] | None = None
    must_see: bool = False
    asks: str = ""
    facts: Callable[[Desk], list[Fact]] | None = None
    into: str = ""


def _by(service: Callable[..., object]) -> Callable[[Desk, Values], object]:
    """The service that takes the form's fields as they are named."""
    return lambda desk, values: service(desk.issue, **values, actor=desk.user)


def _grade(desk: Desk, values: Values) -> object:
    said = dict(values)
    return services.grade(desk.issue, reason=said.pop("grading_reason"), **said, actor=desk.user)


PLAYS: Mapping[Action, Play] = {
    Action.GRADE: Play(forms.GradeForm, _grade, _("已定级。")),
    Action.REFER: Play(
        forms.ReferForm,
        _by(services.refer),
        _("已交办，等待签收。"),
        facts=lambda desk: facts_of_referral(desk.dossier),
    ),
    Action.SIGN: Play(forms.SignForm, _by(services.sign_for), _("已签收，您是承办人。")),
    Action.RETURN: Play(
        forms.ReturnForm,
        _by(services.give_back),
        _("已退回，等待裁定。"),
        facts=lambda desk: facts_of_return(desk.dossier),
    ),
    Action.REASSIGN: Play(
        forms.ReassignForm,
        _by(services.reassign),
        _("已裁定，等待签收。"),
        facts=lambda desk: facts_of_decision(desk.dossier),
    ),
    Action.PLAN: Play(forms.PlanForm, _by(services.confirm_plan), _("方案已确定，处置时限停表；现在按承诺日期计时。")),
    Action.MOVE_PLAN: Play(forms.MovePlanForm, _by(services.move_plan), _("承诺日期已调整，从此按新的日期计时。")),
    Action.RESOLVE: Play(forms.ResolveForm, _by(services.resolve), _("已办结，停表。")),
    Action.CONFIRM: Play(forms.ConfirmForm, _by(services.confirm), _("已记下平台确认解决，等待销号。")),
    Action.REOPEN: Play(forms.ReopenForm, _by(services.reopen), _("已重办，从今天起重新计时。")),
    Action.FOLLOW_UP: Play(forms.FollowUpForm, _by(services.follow_up), _("回访已记下。")),
    Action.CLOSE: Play(forms.CloseForm, _by(services.close), _("已销号。")),
    Action.EXTEND: Play(
        forms.ExtensionForm,
        _by(services.ask_for_extension),
        SENT,
        lambda desk, values: propose_extension(desk.issue, values["until"], desk.user),
        must_see=True,
        asks="until",
        facts=lambda desk: facts_of_extension(desk.dossier, desk.user),
    ),
    Action.SUSPEND: Play(
        forms.SuspensionForm,
        _by(services.ask_for_suspension),
        SENT,
        facts=lambda desk: facts_of_suspension(desk.dossier, desk.user),
    ),
    Action.RESUME: Play(
        forms.ResumeForm,
        _by(services.resume),
        _("已恢复计时，停表的工作日已还回。"),
        lambda desk, values: propose_resumption(desk.issue, desk.user),
    ),
    Action.RETIER: Play(
        forms.TierForm,
        _by(services.ask_for_tier),
        SENT,
        lambda desk, values: propose_tier(desk.issue, values["tier"], desk.user),
        must_see=True,
        asks="tier",
        facts=lambda desk: facts_of_tier(desk.dossier),
    ),
    Action.MERGE: Play(forms.MergeForm, _by(services.merge), _("已并案。"), into="target"),
    Action.WITHDRAW: Play(forms.WithdrawForm, _by(services.withdraw), _("已撤回，停表。")),
    Action.REMIND: Play(forms.RemindForm, _by(services.remind), _("已催办。")),
    Action.SUPERVISE: Play(forms.SuperviseForm, _by(services.supervise), _("已督办。")),
    Action.ANSWER_SUPERVISION: Play(forms.SupervisionForm, _by(services.answer_supervision), _("已回复督办。")),
    Action.ANSWER_SUPPORT: Play(forms.SupportForm, _by(services.answer_support), _("协办意见已送主办单位。")),
    Action.REVIEW: Play(
        forms.ReviewForm,
        _by(services.review_deadline),
        _("到期日已复核。"),
        lambda desk, values: None if values.get("keep") else desk.recounted(),
        must_see=True,
    ),
    Action.EDIT: Play(forms.EditForm, _by(services.edit), _("已修改，新旧内容记入经过。")),
}
