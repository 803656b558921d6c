"""What each kind of entry says: in the inbox, in a mail, in both languages' order of words."""

import pytest
from django.utils.translation import override

from notices.messages import ORDER
from notices.models import Notice, NoticeKind
from notices.sentences import counted, sentence_of
from tests.notices.conftest import notify

NUMBER = {"number": "2026-000007"}


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("half", {"due_on": "2026-10-19", "clock": "statutory"}, "问题 2026-000007 时限过半，10月19日到期"),
        ("half", {"due_on": "2026-10-19", "clock": "plan"}, "问题 2026-000007 方案时间过半，承诺10月19日办结"),
        ("nearing", {"due_on": "2027-01-04", "clock": "statutory"}, "问题 2026-000007 临期，2027年1月4日到期"),
        ("due_today", {"due_on": "2026-10-15", "clock": "sign"}, "问题 2026-000007 今日应签收，10月15日24:00前"),
        ("overdue", {"due_on": "2026-10-14", "clock": "sign"}, "问题 2026-000007 逾期未签收，应于10月14日前签收"),
        (
            "referred",
            {"unit": "市教育局", "sign_by": "2026-10-16"},
            "问题 2026-000007 交办给市教育局，请于10月16日前签收",
        ),
        ("requested", {"request": "extend"}, "问题 2026-000007 申请延期，等待您审批"),
        ("requested", {"request": "retier"}, "问题 2026-000007 申请调整类别，等待您审批"),
        ("decided", {"request": "suspend", "outcome": "approved"}, "问题 2026-000007 的挂账申请已同意"),
        ("decided", {"request": "extend", "outcome": "refused"}, "问题 2026-000007 的延期申请未同意"),
        (
            "deadline_moved",
            {"old": "2026-10-19", "new": "2026-10-20"},
            "问题 2026-000007 的到期日由10月19日改为10月20日",
        ),
        ("deadline_moved", {"moved": 3, "kept": 1}, "放假安排调整，您有3项到期日改动、1项待复核"),
        ("deadline_moved", {"moved": 0, "kept": 2}, "放假安排调整，您有2项待复核"),
        ("digest", {"overdue": 0, "due_today": 3, "nearing": 0, "held": 0}, "您有3项今日到期"),
        (
            "digest",
            {"overdue": 1, "due_today": 3, "nearing": 2, "held": 4},
            "您有1项逾期、3项今日到期、2项临期，非工作时间的提醒4条",
        ),
        ("digest", {"overdue": 1, "review": 2, "held": 0}, "您有1项逾期、挂账到复查日期2项"),
        ("digest", {"overdue": 0, "due_today": 0, "nearing": 0, "held": 0}, "今天没有到期的问题"),
        ("alert", {"code": "channel-failing/3", "name": "工作群"}, "通知渠道“工作群”连续1小时发送失败，仍在重试"),
        ("alert", {"code": "something-new", "words": "磁盘空间不足"}, "磁盘空间不足"),
        ("alert", {"code": "something-new"}, "something-new"),
        ("alert", {"code": "attachments-lost", "count": 2}, "有2个附件的文件不在存储目录中，请从备份恢复"),
        ("mentioned", {"name": "陈思远"}, "陈思远在问题 2026-000007 的留言中提到您"),
    ],
)
def test_each_kind_has_its_sentence(kind, data, sentence):
    assert sentence_of(kind, {**NUMBER, **data}) == sentence


@pytest.mark.parametrize("kind", NoticeKind.values)
def test_data_that_lack_a_value_leave_a_gap_and_no_error(kind):
    assert isinstance(sentence_of(kind, {}), str)


def test_counts_stand_in_the_order_of_their_urgency():
    assert counted({"half": 1, "nearing": 2, "overdue": 3, "due_today": 0}) == "3项逾期、2项临期、1项时限过半"
    assert counted({}) == ""


def test_english_dates_in_english_sentences():
    with override("en"):
        said = sentence_of("nearing", {**NUMBER, "due_on": "2026-10-19", "clock": "statutory"})
    assert "2026-000007" in said
    assert "19 Oct" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "css", "icon", "word"),
    [
        ("half", "half", "circle-half", "过半"),
        ("nearing", "soon", "hourglass-split", "临期"),
        ("due_today", "today", "alarm", "今日到期"),
        ("overdue", "late", "exclamation-triangle", "逾期"),
        ("digest", "line", "list-check", "每日摘要"),
        ("referred", "line", "send", "交办"),
        ("requested", "line", "question-circle", "待审批"),
        ("decided", "line", "check-circle", "申请结果"),
        ("deadline_moved", "line", "calendar3", "到期日变化"),
        ("alert", "late", "exclamation-triangle", "系统提醒"),
        ("mentioned", "line", "chat-left-text", "提到您"),
    ],
)
def test_each_kind_has_its_chip_in_the_inbox(sign_in, leader, kind, css, icon, word):
    notify(leader, kind, data={**NUMBER, "words": "<b>x</b>", "code": "x"})
    page = sign_in(leader).get("/notices/").content.decode()
    assert f'<span class="ld-chip {css}"><svg' in page
    assert f"#i-{icon}" in page.split("ld-rows plain")[1]
    assert f"</svg>{word}</span>" in page
    assert "<b>x</b>" not in page
    assert Notice.objects.count() == 1


def test_every_kind_has_its_place_in_a_mail():
    assert sorted(ORDER) == sorted(NoticeKind)
