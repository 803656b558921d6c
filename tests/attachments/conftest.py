from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    """Where this test's attachments lie; nothing is there yet."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def on_disk(media: Path) -> Any:
    """`on_disk()` gives the names of all the files that lie there."""
    return lambda: sorted(path.name for path in media.rglob("*") if path.is_file())
