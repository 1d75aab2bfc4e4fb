"""The reports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from sansio_tl.conformance.case import CaseVerdict
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl_transports.conformance.html_report import to_html
from sansio_tl_transports.conformance.results import SuiteResults, to_json, to_junit
from tests.conformance.in_memory_report import results_of
from tests.transports.devtools import Browser

NAMES = ("nonce-in-dh-inner-data", "padding-of-2048", "flood-wait-endless", "password-b-is-zero")
WIDE = """[document.documentElement.scrollWidth - document.documentElement.clientWidth,
    [...document.querySelectorAll("body *")].filter((e) => !e.closest("pre, .scroll")
        && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length]"""
LARGEST_CASE = 20_000
"""Characters for a case, on average, so that a report of 180 cases has less than 4 MB, and opens quickly on a phone."""


@pytest.fixture(scope="module")
def results() -> SuiteResults:
    observed = [case for case in CLIENT_CASES if "observed" in case.tags][:3]
    found = results_of([*(case for case in CLIENT_CASES if case.name in NAMES), *observed])
    found.outcomes[1] = replace(found.outcomes[1], verdict=CaseVerdict.FAIL, output="one\ntwo" + "long" * 200)
    return found


@pytest.fixture(scope="module")
def page(results: SuiteResults) -> str:
    return to_html(results)


def section(page: str, name: str) -> str:
    return page.partition(f'<section id="{name}">')[2].partition("</section>")[0]


def test_encrypted_parts_of_the_handshake_are_decrypted(page: str) -> None:
    shown = section(page, "nonce-in-dh-inner-data")
    for name in ("req_DH_params", "p_q_inner_data_dc", "server_DH_params_ok", "server_DH_inner_data"):
        assert f"mtproto.{name}</u>" in shown
    assert "SHA-1 of the data" in shown
    assert re.search(r"padding, \d+ bytes", shown)


def test_client_dh_inner_data_is_decrypted(page: str, results: SuiteResults) -> None:
    observed = next(outcome.case.name for outcome in results.outcomes if "observed" in outcome.case.tags)
    assert "mtproto.client_DH_inner_data</u>" in section(page, observed)


def test_fields_of_a_handshake_without_fault_are_left_out(page: str) -> None:
    assert "answer of the handshake, 652 bytes" in section(page, "padding-of-2048")
    assert "server_DH_params_ok" not in section(page, "padding-of-2048")


def test_cases_that_share_a_run_show_its_packets_once(page: str, results: SuiteResults) -> None:
    first, *others = (outcome.case.name for outcome in results.outcomes if "observed" in outcome.case.tags)
    assert "resPQ" in section(page, first)
    for other in others:
        assert f'The packets are those of <a href="#{first}">' in section(page, other)


def test_all_bytes_are_folded_and_only_of_cases_that_did_not_pass(page: str, results: SuiteResults) -> None:
    failed = results.outcomes[1]
    packet = max((entry.packet for entry in failed.transcript), key=len)
    assert f'<details><summary>all bytes</summary><pre class="hex">{packet.hex()}</pre></details>' in page
    assert page.count(">all bytes<") == section(page, failed.case.name).count(">all bytes<")


def test_failed_cases_are_linked_above_the_matrix(page: str, results: SuiteResults) -> None:
    failed = results.outcomes[1].case.name
    above = page.partition("<h2>Matrix</h2>")[0]
    assert re.findall(r'href="#([^"]+)"', above) == [failed]


def test_matrix_of_one_peer_has_words(page: str) -> None:
    assert "<th>case</th><th>verdict</th>" in page
    assert '<a class="v pass" href="#nonce-in-dh-inner-data" title="pass">pass</a>' in page


def test_report_is_small(page: str, results: SuiteResults) -> None:
    assert len(page) / len(results.outcomes) < LARGEST_CASE


def test_name_of_a_peer_may_have_any_characters(results: SuiteResults) -> None:
    named = replace(results, peer="<a>\x1b[31m\0\x85\ud800\uffff")
    suite = ET.fromstring(to_junit(named).encode())
    assert suite.get("name") == "MTProto conformance of <a>?[31m????"
    assert json.loads(to_json(named).encode())["peer"] == named.peer
    page = to_html(named).encode()
    assert b"<title>MTProto conformance: &lt;a&gt;\\u001b[31m\\u0000\\u0085\\ud800" in page
    assert not {b"\x1b", b"\0"} & {bytes([byte]) for byte in page}


def test_elements_are_closed(page: str) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    reader = Reader()
    reader.feed(page)
    assert reader.open == []


@pytest.fixture(scope="module")
def browser(page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("report") / "report.html"
    style = "<style>section{content-visibility:visible!important}</style>"  # lay out what is not in view, too
    path.write_text(page.replace("</head>", f"{style}</head>"), encoding="utf-8")
    with Browser() as browser:
        browser.open(path)
        browser.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        yield browser


@pytest.mark.proxies
@pytest.mark.parametrize("width", [1280, 390])
def test_report_does_not_scroll_sideways(browser: Browser, width: int) -> None:
    browser.resize(width, 900)
    assert browser.evaluate(WIDE) == [0, 0]
    assert browser.messages == []
