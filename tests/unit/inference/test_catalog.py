"""The catalog: the shipped one is right, a wrong one is named in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.inference.catalog import Catalog, CatalogFile, load_catalog
from orchestrator.inference.errors import CatalogInvalid

GOOD = '[[model]]\nname = "a"\nwindow = 8192\n[routes]\ndefault = ["a"]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "catalog.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_catalog_is_right() -> None:
    catalog = load_catalog(Path(__file__).parents[3] / "examples" / "shop" / "catalog.toml")
    assert catalog.route("chat")[0].name == "llama-3.3-70b"
    assert all(each.max_tokens > 256 for each in catalog.model)


def test_kinds_without_a_route_take_the_default(tmp_path: Path) -> None:
    text = GOOD.replace("[routes]", '[[model]]\nname = "b"\nwindow = 8192\n[routes]\nmail = ["b", "a"]')
    catalog = load_catalog(written(tmp_path, text))
    assert [each.name for each in catalog.route("mail")] == ["b", "a"]
    assert [each.name for each in catalog.route("voice")] == ["a"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("window = 8192", 'window = "big"', "model[0].window"),
        ("window = 8192", "windwo = 8192", "model[0].window"),
        ("window = 8192", "window = 8192\nmood = 1", "model[0].mood"),
        ("window = 8192", 'window = 8192\njson = "maybe"', "model[0].json"),
        ('default = ["a"]', 'default = ["a", "zzz"]', "routes.default names the unknown model 'zzz'"),
        ('default = ["a"]', 'mail = ["a"]', "routes.default is missing"),
        ("window = 8192", "window = 8192\nmax_tokens = 8192", "max_tokens must be smaller"),
        ("[routes]", "[routes", "not valid TOML"),
        ("window = 8192", "window = 8192\nprice = { request = -1.0 }", "model[0].price.request"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(CatalogInvalid) as caught:
        load_catalog(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogInvalid, match=r"nothing\.toml: can't be read"):
        load_catalog(tmp_path / "nothing.toml")


def test_a_changed_file_counts_and_a_broken_one_keeps_the_last(tmp_path: Path) -> None:
    now = 0.0
    path = written(tmp_path, GOOD)
    source = CatalogFile(path, clock=lambda: now)
    written(tmp_path, GOOD.replace('"a"', '"other"'))
    assert source().model[0].name == "a"
    now = 3.0
    assert source().model[0].name == "other"
    written(tmp_path, "broken")
    now = 6.0
    assert source().model[0].name == "other"
    path.unlink()
    now = 9.0
    assert source().model[0].name == "other"


def test_the_sandbox_has_one_model() -> None:
    assert [each.name for each in Catalog.sandbox().route("anything")] == ["sandbox"]


@pytest.mark.parametrize(
    "text", [f"window = {'9' * 5000}", f"a = {'[' * 5000}", "x = [" * 900], ids=["digits", "nested", "open"]
)
def test_digits_and_nesting_without_end_are_an_invalid_catalog(tmp_path: Path, text: str) -> None:
    now = 0.0
    path = written(tmp_path, GOOD)
    source = CatalogFile(path, clock=lambda: now)
    written(tmp_path, GOOD + text)
    with pytest.raises(CatalogInvalid, match="not valid TOML") as caught:
        load_catalog(path)
    assert len(str(caught.value)) < 600
    now = 3.0
    assert source().model[0].name == "a"
    assert source.problem == str(caught.value)
