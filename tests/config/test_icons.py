"""No page asks for an icon that the sprite does not hold: it would be an empty gap that no error reports."""

import re
from pathlib import Path

from django.conf import settings

from config.icons import ICONS
from config.vendor import sprite

ROOT: Path = settings.BASE_DIR
IN_TEMPLATES = re.compile(r'{% icon "([^"]+)"|symbol="([^"]+)"')
IN_PYTHON = re.compile(r'Standing\("[^"]*", "([^"]+)"|icon="([^"]+)"')


def used(pattern: re.Pattern[str], files: list[Path]) -> set[str]:
    return {name for file in files for match in pattern.findall(file.read_text()) for name in match if name}


def test_the_sprite_holds_every_icon_that_is_asked_for():
    rooms = ("accounts", "dashboards", "issues", "liaisons", "notices", "platforms", "visits")
    asked_for = used(IN_TEMPLATES, [*(ROOT / "templates").rglob("*.html")])
    asked_for |= used(IN_PYTHON, [file for room in rooms for file in (ROOT / room).rglob("*.py")])
    assert asked_for - set(ICONS) == set()
    assert "hourglass-split" in asked_for


def test_the_sprite_names_its_symbols_as_the_tag_asks_for_them():
    assert re.findall(r'<symbol id="i-([^"]+)" viewBox="0 0 16 16">', sprite().read_text()) == list(ICONS)
