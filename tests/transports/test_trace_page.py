"""A trace as one HTML page: parsed, and in a browser."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sansio_tl import trace
from sansio_tl_transports.tracing import html, read_qlog
from sansio_tl_transports.tracing.qlog_format import Header, QlogEvent
from tests.helpers.trace_samples import KINDS, sample
from tests.helpers.traced_login import write_trace
from tests.transports.devtools import Browser

HEADER = Header("a title", "client", 0.0)
MARKUP = "</script><script>document.title = 'attacked'</script><!--<img src=x onerror=alert(1)>"


class Parsed(HTMLParser):
    """The elements of a page, and the texts of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts[-1] += data
        else:
            self.texts[self._open] = self.texts.get(self._open, "") + data


def hostile_page() -> str:
    """A page with every kind of event, whose texts are markup."""
    events = [QlogEvent(0.0, MARKUP, sample(kind, full=full)) for kind in KINDS for full in (False, True)]
    events.append(QlogEvent(1.0, "@data@ @script@", trace.AccountLoggedOut(MARKUP)))
    return html.page(Header(MARKUP, MARKUP, None), events)


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    parsed = Parsed(html.page(HEADER, []))
    names = [name for name, _ in parsed.elements]
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(names)
    assert not [attributes for _, attributes in parsed.elements if "src" in attributes or "href" in attributes]
    (policy,) = [each["content"] for name, each in parsed.elements if name == "meta" and "http-equiv" in each]
    data, script = parsed.scripts
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert json.loads(data)["events"] == []


def test_texts_of_peers_are_data_and_no_markup() -> None:
    parsed, plain = Parsed(hostile_page()), Parsed(html.page(HEADER, []))
    assert [name for name, _ in parsed.elements] == [name for name, _ in plain.elements]
    data, script = parsed.scripts
    assert script == plain.scripts[1]
    assert "<" not in data
    events = json.loads(data)["events"]
    assert events[-1]["part"] == "@data@ @script@"
    assert MARKUP in events[-1]["text"]
    assert parsed.texts["h1"].strip() == MARKUP


def test_a_page_of_too_many_events_names_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_EVENTS", 3)
    packet = QlogEvent(0.0, "", trace.PacketSent(1, 40))
    found = json.loads(Parsed(html.page(HEADER, [packet] * 5)).scripts[0])
    assert len(found["events"]) == 3
    assert found["summary"] == "3 events of a client from 1970-01-01 00:00:00 UTC, and 2 more that are not shown"


STATES = "state", None
STYLES: dict[str, tuple[str, str | None]] = {
    "ConnectionFailed": ("bad", None),
    "ConnectionTerminated": ("bad", None),
    "ReconnectScheduled": ("wait", None),
    "HandshakeStep": ("sent", "sent"),
    "KeyNotFound": ("bad", None),
    "PacketSent": ("sent", "sent"),
    "PacketReceived": ("received", "received"),
    "MessageSent": ("sent", "sent"),
    "MessageReceived": ("received", "received"),
    "MessageDiscarded": ("bad", None),
    "MessageUndecodable": ("bad", None),
    "MessageRejected": ("bad", None),
    "RequestResent": ("wait", None),
    "RequestRedirected": ("wait", None),
    "RequestDelayed": ("wait", None),
    "RequestFinished": ("received", None),
    "AccountLoggedOut": ("bad", None),
    "QueryAnswered": ("bad", None),
}
"""Events that are not shown as a plain state: colour and direction."""
WELL = {"ConnectionTerminated": STATES, "QueryAnswered": STATES}
"""Those that only a reason or an error makes bad."""
TEXT = r"\u001b[2Jevil\u202e\u000a"
LABELS = {
    "ConnectionOpened": "open",
    "ConnectionFailed": "end",
    "ConnectionTerminated": "end",
    "HandshakeStep": TEXT,
    "KeyCreated": "key",
    "MessageSent": TEXT,
    "MessageReceived": TEXT,
    "MessageRejected": TEXT,
}


def views(*events: trace.TraceEvent) -> list[dict[str, Any]]:
    """What the page's script gets."""
    text = html.page(HEADER, [QlogEvent(0.0, "", event) for event in events])
    found: list[dict[str, Any]] = json.loads(Parsed(text).scripts[0])["events"]
    return found


@pytest.mark.parametrize("full", [False, True])
def test_events_have_the_colour_and_label_of_what_they_mean(*, full: bool) -> None:
    expected = STYLES if full else STYLES | WELL
    for view in views(*(sample(kind, full=full) for kind in KINDS)):
        name = view["name"]
        assert (view["style"], view["direction"]) == expected.get(name, STATES), name
        assert view["label"] == LABELS.get(name, ""), name
        assert view["packet"] == name.startswith("Packet")


def test_outcomes_and_containers_have_their_own_colour_and_label() -> None:
    finished = sample(trace.RequestFinished, full=True)
    came = trace.HandshakeStep(1, "resPQ", 84, sent=False)
    message = sample(trace.MessageReceived, full=True)
    outcomes = [msgspec.structs.replace(finished, outcome=each) for each in ("result", "error", "unknown", "cancelled")]
    styles = [view["style"] for view in views(*outcomes, came)]
    assert styles == ["received", "bad", "bad", "received", "received"]
    container = msgspec.structs.replace(message, kind="msg_container", result=None)
    result = msgspec.structs.replace(message, kind="rpc_result", result="r" * 70)
    assert [view["label"] for view in views(came, container, result)] == ["resPQ", "", "r" * 60]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def opened(browser: Browser, tmp_path: Path, text: str) -> Path:
    path = tmp_path / "trace.html"
    path.write_text(text, encoding="utf-8")
    browser.messages.clear()
    browser.loaded.clear()
    browser.open(path)
    return path


def login_page(tmp_path: Path) -> tuple[str, list[QlogEvent]]:
    write_trace(tmp_path / "a.qlog")
    header, events = read_qlog(tmp_path / "a.qlog")
    found = list(events)
    return html.page(header, found), found


def center(browser: Browser, selector: str) -> Any:
    expression = f"""(() => {{
        const element = document.querySelector({selector!r});
        element.scrollIntoView({{ block: "center" }});
        const box = element.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    }})()"""
    return browser.evaluate(expression)


@pytest.mark.interop
def test_a_browser_draws_a_lane_for_each_connection_and_a_row_for_each_event(browser: Browser, tmp_path: Path) -> None:
    text, events = login_page(tmp_path)
    path = opened(browser, tmp_path, text)
    assert browser.loaded == [path.as_uri()]
    assert browser.messages == []
    shown = [each for each in events if not isinstance(each.event, trace.PacketSent | trace.PacketReceived)]
    assert browser.evaluate("document.querySelectorAll('#events tbody tr').length") == len(shown)
    titles = browser.evaluate("[...document.querySelectorAll('#lanes h2')].map((each) => each.textContent)")
    assert titles == ["Requests", "Connection 1", "Connection 2", "Connection 3", "Connection 4"]
    labels = browser.evaluate("[...document.querySelectorAll('svg text.label')].map((each) => each.textContent)")
    assert "auth.authorization" in labels
    assert "4 messages.getDialogs: OFFSET_PEER_ID_INVALID, 68 ms" in labels
    browser.evaluate("document.getElementById('packets').click()")
    assert browser.evaluate("document.querySelectorAll('#events tbody tr').length") == len(events)
    browser.evaluate("document.getElementById('packets').click()")


@pytest.mark.interop
def test_a_mark_shows_its_details_and_what_belongs_to_it(browser: Browser, tmp_path: Path) -> None:
    text, events = login_page(tmp_path)
    opened(browser, tmp_path, text)
    index = next(
        number for number, each in enumerate(events) if getattr(each.event, "kind", "") == "messages.getDialogs"
    )
    details = "document.getElementById('details').textContent"
    browser.move_to(*center(browser, f"g.mark[data-event='{index}']"))
    assert "MessageSent" in browser.evaluate(details)
    browser.move_to(*center(browser, f"g.mark[data-event='{index}']"), click=True)
    related = browser.evaluate("[...document.querySelectorAll('tr.related')].map((row) => row.lastChild.textContent)")
    assert any("rpc_result (rpc_error)" in line for line in related)
    assert any(line.startswith("request 4 messages.getDialogs sent as") for line in related)
    assert browser.evaluate("document.querySelector('tr.chosen').dataset.event") == str(index)


@pytest.mark.interop
def test_filters_leave_the_rows_that_match(browser: Browser, tmp_path: Path) -> None:
    text, _ = login_page(tmp_path)
    opened(browser, tmp_path, text)
    browser.evaluate("""(() => {
        const find = document.getElementById("find");
        find.value = "OFFSET_peer";
        find.dispatchEvent(new Event("input"));
    })()""")
    assert browser.evaluate("document.querySelectorAll('#events tbody tr').length") == 1
    browser.evaluate("""(() => {
        const find = document.getElementById("find"), select = document.getElementById("connection");
        find.value = "";
        select.value = "3";
        select.dispatchEvent(new Event("change"));
    })()""")
    rows = browser.evaluate(
        "[...document.querySelectorAll('#events tbody tr')].map((row) => row.lastChild.textContent)"
    )
    assert rows == ["connection 3 to DC 4 requested: 192.0.2.1:4", "connection 3 to DC 4 failed: no route"]


@pytest.mark.interop
def test_markup_in_texts_has_no_effect_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    path = opened(browser, tmp_path, hostile_page())
    assert browser.messages == []
    assert browser.loaded == [path.as_uri()]
    assert browser.evaluate("document.title") == MARKUP
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert MARKUP in browser.evaluate("[...document.querySelectorAll('tr')].at(-1).textContent")


@pytest.mark.interop
@pytest.mark.parametrize("dark", [False, True])
def test_text_is_readable_in_light_and_dark(browser: Browser, tmp_path: Path, dark: bool) -> None:
    text, _ = login_page(tmp_path)
    browser.set_dark(dark=dark)
    opened(browser, tmp_path, text)
    colors = browser.evaluate("""[...document.querySelectorAll("h1, #summary, th, td, dt, label")].map((each) => {
        let behind = each;
        while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        return [getComputedStyle(each).color, getComputedStyle(behind).backgroundColor];
    })""")
    pairs = {(front, back) for front, back in colors}
    assert len(pairs) >= 5
    assert {pair for pair in pairs if contrast(*pair) < 4.5} == set(), "WCAG 2.1, 1.4.3"
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(background) < 0.2) == dark


def luminance(color: str) -> float:
    """The relative luminance of ``rgb(r, g, b)``, as WCAG defines it."""
    channels = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return float(sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


def contrast(front: str, back: str) -> float:
    lighter, darker = sorted((luminance(front), luminance(back)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
