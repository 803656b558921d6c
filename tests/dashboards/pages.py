"""Reads a page as its reader does: the figures and where each of them leads."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.test import Client


@dataclass
class Page:
    """`figures` are (number, address) of every link that carries a number, in the order of the page."""

    text: str = ""
    figures: list[tuple[int, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self._skip = Page(), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.page.links.append(found.get("href", ""))
            if "data-figure" in found:
                self.page.figures.append((int(found["data-figure"]), found["href"]))

    def handle_data(self, data: str) -> None:
        self.page.text += data


def read(html: str) -> Page:
    """What the page itself says, from its title on: what surrounds it has figures of its own."""
    reader = _Reader()
    reader.feed(html[html.index("<h1") : html.index("</main>")])
    reader.page.text = " ".join(reader.page.text.split())
    return reader.page


def rows_behind(client: Client, url: str) -> int:
    """How many rows the list at `url` holds, over all its pages."""
    rows, more = 0, ""
    while True:
        response = client.get(url + more)
        assert response.status_code == 200, (url, response.status_code)
        page = response.context["page"]
        rows += len(page)
        if not page.next_cursor:
            return rows
        more = f"{'&' if '?' in url else '?'}cursor={page.next_cursor}"
