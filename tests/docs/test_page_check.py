"""The check of built pages in Chromium reports each kind of problem, and only problems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import page_check
from tests.transports.devtools import Browser

pytestmark = pytest.mark.proxies

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
GOOD = f'<h1 id="top">Title</h1><h2>Part</h2><p><a href="#top">up</a></p><img src="{PIXEL}" alt="A pixel">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def page(folder: Path, body: str, *, lang: str = 'lang="en"', style: str = "") -> Path:
    path = folder / "page.html"
    path.write_text(
        f"<!doctype html><html {lang}><head><meta charset=utf-8><title>t</title><style>{style}</style></head>"
        f'<body><div class="content"><article>{body}</article></div></body></html>'
    )
    return path


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (GOOD, None),
        (GOOD + '<div style="width: 500px">wide</div>', "page.html: 5[0-9]+ pixels wide at 390: DIV."),
        (GOOD + '<div style="overflow-x: auto"><div style="width: 500px">scrolls by itself</div></div>', None),
        (GOOD + '<img src="lost.png" alt="lost">', "page.html: broken picture lost.png"),
        (GOOD + f'<img src="{PIXEL}">', "page.html: 1 pictures without a text"),
        (GOOD + "<svg></svg>", "page.html: 1 pictures without a text"),
        (GOOD + "<h1>Another</h1>", "page.html: 2 titles, skipped levels: False, language 'en'"),
        (GOOD + "<h4>Deep</h4>", "page.html: 1 titles, skipped levels: True, language 'en'"),
        (GOOD + '<a href="lost.html">there</a>', "page.html: no page .*/lost.html"),
        (GOOD + '<a href="#lost">there</a>', "page.html: no anchor page.html#lost"),
    ],
)
def test_problems_of_a_page(
    body: str, expected: str | None, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_check, "SITE", tmp_path)
    found = list(page_check.problems(browser, [page(tmp_path, body)]))
    assert len(found) == (expected is not None)
    assert not found or re.match(expected or "", found[0])


def test_page_needs_a_language(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_check, "SITE", tmp_path)
    [found] = page_check.problems(browser, [page(tmp_path, GOOD, lang="")])
    assert found.endswith("language ''")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (
            "body { background: white } h2 { color: #bbb }",
            ["page: contrast 1.9 in light: H2.: Part", "page: contrast 1.9 in dark: H2.: Part"],
        ),
        (
            "body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }",
            ["page: contrast 1.0 in dark: H1.: Title"],
        ),
        ("body { background: white; color: black }", []),
    ],
)
def test_text_that_is_hard_to_read(
    style: str, expected: list[str], browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_check, "SITE", tmp_path)
    monkeypatch.setattr(page_check, "IMPORTANT", ("page",))
    page(tmp_path, GOOD, style=style)
    assert list(page_check.contrasts(browser)) == expected


def test_table_of_figures_that_must_be_scrolled(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_check, "SITE", tmp_path)
    monkeypatch.setattr(page_check, "FIGURES", "page")
    wrapper = '<div class="table-wrapper" style="width: 90%; overflow-x: auto"><table>'
    for width, expected in ((800, []), (950, [1000]), (1500, [1000, 1280])):
        page(tmp_path, f'{GOOD}{wrapper}<tr><td style="min-width: {width}px">Telethon 1 ns</td></tr></table></div>')
        found = list(page_check.wide_tables(browser))
        assert [int(re.findall(r"too wide at (\d+): Telethon 1 ns$", line)[0]) for line in found] == expected
