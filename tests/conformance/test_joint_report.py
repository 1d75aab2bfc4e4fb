"""One report of all peers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sansio_tl.conformance.case import CaseVerdict
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl_transports.conformance.results import SuiteResults, to_json
from tests.conformance.__main__ import CLIENTS, PEERS
from tests.conformance.in_memory_report import results_of as results_in_memory
from tests.conformance.joint_report import joint_report, results_of
from tests.conformance.test_report import WIDE, section
from tests.transports.devtools import Browser

NAMES = ("nonce-in-dh-inner-data", "padding-of-2048", "password-b-is-zero")


@pytest.fixture(scope="module")
def results() -> SuiteResults:
    found = results_in_memory(case for case in CLIENT_CASES if case.name in NAMES)
    found.outcomes[1] = replace(found.outcomes[1], verdict=CaseVerdict.FAIL, output="its last line")
    found.outcomes[2] = replace(found.outcomes[2], verdict=CaseVerdict.NON_STRICT)
    return found


@pytest.fixture(scope="module")
def page(results: SuiteResults, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "proxied").mkdir()
    proxied = results_in_memory(case for case in CLIENT_CASES if case.name == "fake-tls-in-small-pieces")
    for peer in CLIENTS:
        (folder / f"{peer.name}.json").write_text(to_json(replace(results, peer=peer.title)))
    (folder / "proxied" / "telethon.json").write_text(to_json(proxied))
    (folder / "gotd-tgtest.json").write_text(to_json(SuiteResults("tgtest")))
    return joint_report(folder, PEERS)


def test_report_is_read_as_it_was_written(results: SuiteResults) -> None:
    read = results_of(json.loads(to_json(results)))
    assert [outcome.verdict for outcome in read.outcomes] == [outcome.verdict for outcome in results.outcomes]
    first, failed, _ = read.outcomes
    assert first.transcript == ()
    assert failed == replace(results.outcomes[1], transcript=failed.transcript)
    for entry, original in zip(failed.transcript, results.outcomes[1].transcript, strict=True):
        assert replace(entry, at=original.at) == original
    assert any(entry.plaintext for entry in failed.transcript)


def test_case_that_is_no_more_is_left_out(results: SuiteResults) -> None:
    report = json.loads(to_json(results))
    report["cases"][0]["case"] = "a-former-name"
    assert [outcome.case.name for outcome in results_of(report).outcomes] == [*NAMES[1:]]


def test_every_peer_has_a_column_and_a_line_in_each_case(page: str) -> None:
    assert f"<h1>MTProto conformance: {len(CLIENTS) + 1} peers</h1>" in page
    columns = "".join(f"<th>{peer.title}</th>" for peer in CLIENTS)
    assert "<h3>clients</h3>" in page
    assert f"<th>case</th>{columns}<th>check</th><th>level</th>" in page
    for name in NAMES:
        assert all(f"</span> {peer.title}: " in section(page, name) for peer in CLIENTS)


def test_results_of_the_run_through_a_proxy_belong_to_the_peer(page: str) -> None:
    assert " Telethon 1.45.0: " in section(page, "fake-tls-in-small-pieces")
    assert " Kurigram 2.2.26: " not in section(page, "fake-tls-in-small-pieces")


def test_only_failures_have_their_packets(page: str) -> None:
    passed, failed, not_strict = (section(page, name) for name in NAMES)
    assert "<details>" not in passed + not_strict
    assert failed.count("its last line") == len(CLIENTS)
    assert "all bytes" in failed


@pytest.fixture(scope="module")
def browser(page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("report") / "all.html"
    style = "<style>section{content-visibility:visible!important}</style>"  # lay out what is not in view, too
    path.write_text(page.replace("</head>", f"{style}</head>"), encoding="utf-8")
    with Browser() as browser:
        browser.open(path)
        yield browser


@pytest.mark.proxies
@pytest.mark.parametrize("width", [1280, 390])
def test_page_does_not_scroll_sideways_and_names_of_cases_stay_in_view(browser: Browser, width: int) -> None:
    browser.resize(width, 900)
    assert browser.evaluate(WIDE) == [0, 0]
    browser.evaluate("document.querySelector('.peers').scrollLeft = 1000")
    found = browser.evaluate("""[document.querySelector('.peers').getBoundingClientRect().left,
        document.querySelector('.peers tbody td').getBoundingClientRect().left,
        document.querySelector('.peers tbody td').getBoundingClientRect().width >= 100]""")
    assert found[0] == found[1]
    assert found[2]
