"""Fixtures of tests that keep attachments: a folder of their own, and what lies in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    """Where this test's attachments lie; nothing is there yet."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def on_disk(media: Path) -> Callable[[], list[str]]:
    """`on_disk()` gives the names of all files that lie there."""
    return lambda: sorted(path.name for path in media.rglob("*") if path.is_file())


def upload(content: bytes, name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
