"""What a browser sends of the log form."""

import uuid
from typing import Any

from issues.models import IssueCategory
from platforms.models import Platform


class Typed(dict[str, Any]):
    """A visit of today. Keyword arguments are fields; `with_issue` adds a row, of tier A with an answer."""

    def __init__(self, platform: Platform, category: IssueCategory, /, **fields: Any) -> None:
        super().__init__(
            client_id=str(uuid.uuid4()),
            platform=str(platform.pk),
            visited_on="2026-10-15",
            mode="on_site",
            text="看了新装修的振动试验间。",
            issue=[],
        )
        self.category = category
        self.update(fields)

    def with_issue(self, letter: str = "B", *, key: int | None = None, **fields: Any) -> "Typed":
        key = len(self["issue"]) if key is None else key
        said = {"text": "消防验收没有通过", "tier": letter, "category": str(self.category.pk), "nature": "", **fields}
        if letter == "A":
            said.setdefault("answer", "可以，已留下办事指南。")
        self["issue"] = [*self["issue"], str(key)]
        self.update({f"issue-{key}-{name}": value for name, value in said.items()})
        return self
