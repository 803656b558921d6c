import re

import pytest
from django.contrib.staticfiles import finders, storage

from config.vendor import VendorFinder


@pytest.fixture
def modules(tmp_path, settings):
    icons = tmp_path / "bootstrap-icons" / "icons"
    icons.mkdir(parents=True)
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" class="bi" viewBox="0 0 16 16">\n  <path d="M1 1"/>\n</svg>\n'
    for name in ("bell", "check-lg"):
        (icons / f"{name}.svg").write_text(drawing)
    (tmp_path / "htmx.org").mkdir()
    (tmp_path / "htmx.org" / "htmx.min.js").write_text("var htmx")
    settings.NODE_MODULES = tmp_path
    settings.VENDOR_FILES = {"vendor/htmx.min.js": "htmx.org/htmx.min.js"}
    settings.VENDOR_ICONS = ("bell", "check-lg")
    return tmp_path


def test_a_vendor_name_is_found_in_node_modules(modules):
    finder = VendorFinder()
    assert finder.find("vendor/htmx.min.js") == str(modules / "htmx.org" / "htmx.min.js")
    assert finder.find("vendor/htmx.min.js", find_all=True) == [str(modules / "htmx.org" / "htmx.min.js")]
    assert finder.find("htmx.org/htmx.min.js") == []
    assert finder.check() == []


def test_collectstatic_reads_each_vendor_file_under_its_own_name(modules):
    files = {name: store.open(name).read() for name, store in VendorFinder().list(None)}
    assert sorted(files) == ["vendor/htmx.min.js", "vendor/icons.svg"]
    assert files["vendor/htmx.min.js"] == b"var htmx"


def test_the_sprite_holds_one_symbol_per_icon(modules):
    with open(VendorFinder().find("vendor/icons.svg")) as file:  # noqa: PTH123 - the finder gives a string
        sprite = file.read()
    assert sprite == (
        '<svg xmlns="http://www.w3.org/2000/svg">'
        '<symbol id="i-bell" viewBox="0 0 16 16"><path d="M1 1"/></symbol>'
        '<symbol id="i-check-lg" viewBox="0 0 16 16"><path d="M1 1"/></symbol></svg>\n'
    )


def test_a_file_that_is_not_installed_is_a_system_check_error(modules, settings):
    settings.VENDOR_ICONS = ("bell", "no-such-icon")
    settings.VENDOR_FILES = {"vendor/x.js": "x/x.js"}
    errors = VendorFinder().check()
    assert [error.id for error in errors] == ["vendor.E001", "vendor.E001"]
    assert errors[0].msg == f"{modules / 'x' / 'x.js'} is missing"
    assert errors[1].msg.endswith("no-such-icon.svg is missing")


def test_every_vendor_file_of_the_settings_is_installed():
    assert VendorFinder().check() == []
    assert finders.find("vendor/bootstrap.min.css")


def test_collected_files_carry_their_hash_and_missing_source_maps_are_no_error(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.StaticStorage"}}
    (tmp_path / "page.css").write_text("a{background:url(dot.svg)}\n/*# sourceMappingURL=page.css.map */\n")
    (tmp_path / "dot.svg").write_text("<svg/>")
    collected = storage.ConfiguredStorage()
    for _name, hashed, processed in collected.post_process({n: (collected, n) for n in ("page.css", "dot.svg")}):
        assert processed is not None, hashed
    name = collected.stored_name("page.css")
    assert re.fullmatch(r"page\.[0-9a-f]{12}\.css", name)
    assert re.search(r"url\(\"dot\.[0-9a-f]{12}\.svg\"\)", (tmp_path / name).read_text())
