"""Look at the built documentation in headless Chromium: no page scrolls sideways, no picture or link is broken.

    make docs pages

Each page is opened at the width of a desktop and of a phone. Links to other sites are not followed. The basics that
such checks have, too: one h1, no skipped level of headings, a text for each picture, a language, a readable contrast of
the text and its background in light and dark.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.repository.scan import ROOT
from tests.transports.debian_packages import find
from tests.transports.devtools import Browser

SITE = ROOT / "docs" / "_build" / "html"
WIDTHS = (1280, 390)
IMPORTANT = (
    "index",
    "getting-started",
    "client",
    "logging-in",
    "fleets",
    "test-server",
    "sessions",
    "errors",
    "benchmarks",
    "architecture",
    "interop",
    "embedding",
    "methods/auth.sendCode",
    "guides/code",
)
"""Pages to look at by eye."""

FACTS = """(() => {
    const wide = [];
    const room = document.documentElement.clientWidth;
    const scrolls = (element) => {
        for (let e = element; e && !e.matches(".content, body"); e = e.parentElement)
            if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(e).overflowX)) return true;
        return false;
    };
    for (const e of document.querySelectorAll(".content *"))
        if (e.getBoundingClientRect().right > room + 1 && !scrolls(e))
            wide.push(`${e.tagName}.${e.className.baseVal ?? e.className}`.slice(0, 60));
    const levels = [...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)")].map((e) => +e.tagName[1]);
    const scrolling = [document.documentElement, ...document.querySelectorAll(".content")];
    return {
        room,
        width: Math.max(...scrolling.map((e) => e.scrollWidth)),
        wide: wide.slice(0, 5),
        images: [...document.images]
            .filter((i) => i.complete && !i.naturalWidth && getComputedStyle(i).display !== "none")
            .map((i) => i.getAttribute("src")),
        nameless: [...document.images].filter((i) => !i.hasAttribute("alt")).length
            + [...document.querySelectorAll("article svg")].filter((s) => !s.hasAttribute("aria-label")
                && !s.closest("a, button") && s.getAttribute("aria-hidden") !== "true").length,
        links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
        ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
        titles: levels.filter((level) => level === 1).length,
        skipped: levels.some((level, i) => i > 0 && level > levels[i - 1] + 1),
        lang: document.documentElement.lang,
    };
})()"""

CONTRAST = """(() => {
    const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
    const light = (c) => {
        const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
        }
        return parse(getComputedStyle(document.body).backgroundColor).slice(0, 3);
    };
    let worst = [21, ""];
    for (const e of document.querySelectorAll("article :is(p, li, td, th, h1, h2, h3, dt, code, span, text)")) {
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
        if (!e.getClientRects().length) continue;
        const style = getComputedStyle(e);
        const ink = parse(e.tagName === "text" ? style.fill : style.color);
        if (ink.length < 3 || ink[3] < 1) continue;
        const pair = [light(ink.slice(0, 3)), light(behind(e))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        const name = `${e.tagName}.${e.className.baseVal ?? e.className}`;
        if (ratio < worst[0]) worst = [ratio, `${name}: ${e.textContent.trim().slice(0, 40)}`];
    }
    return worst;
})()"""

FIGURES = "benchmarks"
"""The page whose tables are read as a whole."""

HIDDEN = """[...document.querySelectorAll("article .table-wrapper")]
    .map((e) => ({hidden: e.scrollWidth - e.clientWidth, text: e.textContent
        .trim().split(/\\s+/).slice(0, 4).join(" ")}))
    .filter((table) => table.hidden > 1)"""

LEAST_CONTRAST = 4.5
"""That of normal text in WCAG 2.1, level AA."""


def problems(browser: Browser, paths: list[Path]) -> Iterator[str]:
    """What is wrong, a line each."""
    ids: dict[Path, set[str]] = {}
    links: dict[Path, list[str]] = {}
    for path in paths:
        name = path.relative_to(SITE).as_posix()
        facts: Mapping[str, Any] = {}
        browser.open(path)
        for width in WIDTHS:
            browser.resize(width, 900)
            facts = browser.evaluate(FACTS)
            if facts["width"] > facts["room"] or facts["wide"]:
                yield f"{name}: {facts['width']} pixels wide at {width}: {', '.join(facts['wide'])}"
        yield from (f"{name}: broken picture {source}" for source in facts["images"])
        if facts["nameless"]:
            yield f"{name}: {facts['nameless']} pictures without a text"
        one_title = facts["titles"] == 1 or name == "search.html"  # the theme's, which has none
        if not one_title or facts["skipped"] or not facts["lang"]:
            yield f"{name}: {facts['titles']} titles, skipped levels: {facts['skipped']}, language {facts['lang']!r}"
        ids[path] = set(facts["ids"])
        links[path] = facts["links"]
    yield from broken_links(ids, links)


def broken_links(ids: Mapping[Path, set[str]], links: Mapping[Path, list[str]]) -> Iterator[str]:
    """Links within the site that lead nowhere."""
    for path, urls in links.items():
        for url in dict.fromkeys(urls):
            parts = urlsplit(url)
            if parts.scheme != "file":
                continue
            target = Path(unquote(parts.path))
            name = path.relative_to(SITE).as_posix()
            if not target.is_file():
                yield f"{name}: no page {parts.path}"
            elif parts.fragment and target in ids and unquote(parts.fragment) not in ids[target]:
                yield f"{name}: no anchor {target.name}#{parts.fragment}"


def wide_tables(browser: Browser) -> Iterator[str]:
    """Tables of figures that must be scrolled to be read, in a window of 1,000 pixels and on a desktop."""
    browser.open(SITE / f"{FIGURES}.html")
    for width in (1000, WIDTHS[0]):
        browser.resize(width, 900)
        for table in browser.evaluate(HIDDEN):
            yield f"{FIGURES}: a table is {table['hidden']} pixels too wide at {width}: {table['text']}"


def contrasts(browser: Browser) -> Iterator[str]:
    """Text that is hard to read, on the important pages."""
    browser.resize(WIDTHS[0], 900)
    for dark in (False, True):
        browser.set_dark(dark=dark)
        for page in IMPORTANT:
            browser.open(SITE / f"{page}.html")
            ratio, where = browser.evaluate(CONTRAST)
            if ratio < LEAST_CONTRAST:
                yield f"{page}: contrast {ratio:.1f} in {'dark' if dark else 'light'}: {where}"


def screenshots(browser: Browser, folder: Path) -> None:
    """Write what the important pages look like."""
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for page in IMPORTANT:
            browser.resize(width, 1600)
            for dark in (False, True):
                browser.set_dark(dark=dark)
                browser.open(SITE / f"{page}.html")
                browser.screenshot(folder / f"{page.replace('/', '-')}-{width}-{'dark' if dark else 'light'}.png")


def main() -> int:
    """Exit status 1 for problems. An argument is a folder for pictures of the important pages."""
    if find("chromium") is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    paths = sorted(path for path in SITE.rglob("*.html") if "_static" not in path.parts)
    if not paths:
        print("build the documentation first: make docs", file=sys.stderr)
        return 1
    with Browser() as browser:
        if len(sys.argv) > 1:
            screenshots(browser, Path(sys.argv[1]))
        found = [*problems(browser, paths), *wide_tables(browser), *contrasts(browser)]
    for line in found:
        print(line)
    print(f"{len(paths)} pages at {' and '.join(map(str, WIDTHS))} pixels: {len(found)} problems")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
