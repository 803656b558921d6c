import pytest
from django.core.exceptions import ImproperlyConfigured

SAFE = {
    "SECRET_KEY": "k9#" + "aB3$dE5^gH7*jK1(mN2)pQ4!" * 3,
    "ALLOWED_HOSTS": "liandian.example.gov.cn",
    "DATABASE_URL": "postgres://u:p@127.0.0.1/x",
}


def refuse_unsafe(monkeypatch):
    """The production settings module cannot be imported on its own without a safe environment: that is its point."""
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("config.settings.base.SECRET_KEY", SAFE["SECRET_KEY"])
    monkeypatch.setattr("config.settings.base.ALLOWED_HOSTS", [SAFE["ALLOWED_HOSTS"]])
    from config.settings import production

    return production.refuse_unsafe


@pytest.mark.parametrize(
    ("key", "debug", "hosts", "named"),
    [
        ("", False, ["a.example"], "SECRET_KEY"),
        ("local-only-not-a-secret" * 3, False, ["a.example"], "SECRET_KEY"),
        ("x" * 60, False, ["a.example"], "SECRET_KEY"),
        (SAFE["SECRET_KEY"], True, ["a.example"], "DEBUG"),
        (SAFE["SECRET_KEY"], False, [], "ALLOWED_HOSTS"),
        (SAFE["SECRET_KEY"], False, ["*"], "ALLOWED_HOSTS"),
        (SAFE["SECRET_KEY"], False, [".example"], "ALLOWED_HOSTS"),
    ],
)
def test_production_refuses_to_start_naming_the_unsafe_variable(monkeypatch, key, debug, hosts, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        refuse_unsafe(monkeypatch)(key, debug, hosts)


def test_production_starts_with_safe_values(monkeypatch):
    assert refuse_unsafe(monkeypatch)(SAFE["SECRET_KEY"], False, ["a.example"]) is None
