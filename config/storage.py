"""Static files with the hash of their content in their names, compressed once at collection."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


def _is_source_map(pattern: str | tuple[str, str]) -> bool:
    return "sourceMappingURL" in (pattern if isinstance(pattern, str) else pattern[0])


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Leaves sourceMappingURL comments alone: a source map that a package does not ship is no error."""

    patterns = tuple(
        (glob, tuple(pattern for pattern in patterns if not _is_source_map(pattern)))
        for glob, patterns in HashedFilesMixin.patterns
    )
