"""What a visit with three issues costs, by API and by form, against a plain view that writes the same rows."""

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from accounts.services import create_token
from bench.measure import cost, line
from bench.server import Server
from config.clock import today
from issues.models import IssueCategory
from platforms.models import Platform

TEXT = "实验楼改造完成后消防验收迟迟没有通过，设备无法搬入，平台希望协调复验时间。"
CSRF = "b" * 32


def report(whole: Server, floor: Server, people: dict[str, Any], rounds: int) -> None:
    officer = people["officer_row"]
    platform = Platform.objects.filter(assignments__officer=officer, assignments__ended_on=None)[0]
    token = create_token(user=officer.user, name="bench", scopes=["visits:write", "visits:read"], days=1)[1]
    plain = json.dumps({"text": TEXT, "issues": [{"text": TEXT}] * 3}).encode()
    base = cost(lambda: floor.call("/bench/visit/", method="POST", body=plain), rounds)
    line("plain view: visit + 3 issues", base)
    by_api = cost(lambda: post_json(whole, platform, token), rounds)
    line("API: visit + 3 issues", by_api, base, 3)
    by_form = cost(lambda: post_form(whole, platform, people["officer"]), rounds)
    line("page: visit + 3 issues by the form", by_form, base, 5)


def post_json(server: Server, platform: Platform, token: str) -> bytes:
    category = IssueCategory.objects.exclude(parent=None).values_list("code", flat=True)[0]
    body = {
        "client_id": str(uuid.uuid4()),
        "platform": platform.pk,
        "visited_on": today().isoformat(),
        "mode": "on_site",
        "text": TEXT,
        "issues": [{"tier": tier, "category": category, "text": TEXT} for tier in "BCD"],
    }
    data = json.dumps(body).encode()
    return server.call("/api/v1/visits/", method="POST", body=data, headers={"HTTP_AUTHORIZATION": f"Bearer {token}"})


def post_form(server: Server, platform: Platform, cookie: str) -> bytes:
    category = IssueCategory.objects.exclude(parent=None).values_list("pk", flat=True)[0]
    fields: list[tuple[str, Any]] = [
        ("csrfmiddlewaretoken", CSRF),
        ("client_id", uuid.uuid4()),
        ("platform", platform.pk),
        ("visited_on", today().isoformat()),
        ("mode", "on_site"),
        ("text", TEXT),
    ]
    for key, tier in enumerate("BCD"):
        fields += [("issue", key), (f"issue-{key}-text", TEXT), (f"issue-{key}-tier", tier)]
        fields += [(f"issue-{key}-category", category)]
    return server.call(
        "/visits/new/",
        method="POST",
        body=urlencode(fields).encode(),
        kind="application/x-www-form-urlencoded",
        headers={"HTTP_COOKIE": f"{cookie}; csrftoken={CSRF}"},
    )
