from tests.media import media, on_disk  # noqa: F401 - fixtures of every test here
