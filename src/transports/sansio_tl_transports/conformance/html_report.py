"""A report as one HTML file without references to others: a matrix, and a section for each case with all bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from sansio_tl import __version__
from sansio_tl.conformance.case import Case, CaseResult, CaseVerdict, TranscriptEntry
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY
from sansio_tl.role import Role
from sansio_tl_transports._shared.escape_text import visible
from sansio_tl_transports.cli.inspect.dump import SHOWN_BYTES
from sansio_tl_transports.conformance.annotated import annotate
from sansio_tl_transports.conformance.results import SuiteResults

_SHOWING = frozenset({"handshake", "observed"})
"""The tags of cases that show the fields of the handshake; in others it is right, and the same."""
_MAX_HEX = 4096
"""Bytes of a packet that are shown in hexadecimal digits."""
_Shown = dict[tuple[str, tuple[TranscriptEntry, ...]], str]
"""The case with which a peer's transcript is shown."""
_MAX_ENTRIES = 40
"""Entries of a transcript that are shown."""
_SIGNS = {
    CaseVerdict.PASS: "pass",
    CaseVerdict.NON_STRICT: "non-strict",
    CaseVerdict.FAIL: "FAIL",
    CaseVerdict.UNREACHABLE: "unreachable",
    CaseVerdict.INFORMATIONAL: "info",
}
_SHORT_SIGNS = {
    CaseVerdict.PASS: "✓",
    CaseVerdict.NON_STRICT: "○",
    CaseVerdict.FAIL: "✗",
    CaseVerdict.UNREACHABLE: "-",
    CaseVerdict.INFORMATIONAL: "i",
}
"""In the matrix of several peers, whose columns are narrow."""
_STYLE = """
:root{color-scheme:light dark;--line:#8884;--pass:#1a7f37;--nonstrict:#9a6700;--fail:#cf222e;--unreachable:#6e7781;
--info:#0969da;--name:#0a7b83}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1.5rem 0 .25rem}
table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid var(--line);
vertical-align:top}.scroll{overflow-x:auto}thead th{position:sticky;top:0;background:Canvas}
.v{font-weight:600;white-space:nowrap;text-decoration:none}.pass{color:var(--pass)}.non-strict{color:var(--nonstrict)}
.fail{color:var(--fail)}.unreachable{color:var(--unreachable)}.informational{color:var(--info)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.25rem 0}dt{font-weight:600}dd{margin:0;
overflow-wrap:anywhere}
pre{overflow-x:auto;font:12px/1.4 ui-monospace,monospace;margin:.1rem 0 .6rem;padding:.3rem .6rem;
border-left:3px solid var(--line)}.client pre{border-color:#0969da88}.server pre{border-color:#9a670088}
pre :is(b,i,u,em){font:inherit;text-decoration:none}pre b{color:var(--name)}pre u{color:var(--pass)}
pre em{color:var(--nonstrict)}pre i{opacity:.6}.red{color:var(--fail)}.bold{font-weight:700}summary{cursor:pointer}
section{content-visibility:auto;contain-intrinsic-size:auto 12rem}h3{overflow-wrap:anywhere}
pre.hex{white-space:pre-wrap;overflow-wrap:anywhere}
.peers{max-height:85vh;width:max-content;max-width:100%;overflow:auto}
.peers :is(td,th){padding:.15rem .4rem}.peers tr>:first-child{position:sticky;
left:0;background:Canvas;min-width:9rem;max-width:18rem;overflow-wrap:anywhere}.peers thead th{writing-mode:vertical-rl;
vertical-align:bottom;white-space:nowrap}.peers thead>tr>:first-child{writing-mode:horizontal-tb;z-index:1}
.outcome{margin:0}
.entry{margin:.2rem 0}.entry>span{font-variant-numeric:tabular-nums}
@media(max-width:40rem){body{padding:.5rem}dl{grid-template-columns:1fr}dd{margin-bottom:.3rem}}
@media(prefers-color-scheme:dark){:root{--pass:#3fb950;--nonstrict:#d29922;--fail:#ff7b72;--info:#58a6ff;--name:#56d4dd}}
"""


def to_html(first: SuiteResults, *others: SuiteResults) -> str:
    """The report for one or more peers, clients and servers. For several, it has only the packets of failures."""
    all_results = (first, *others)
    cases: dict[str, Case] = {}
    for results in all_results:
        for outcome in results.outcomes:
            cases.setdefault(outcome.case.name, outcome.case)
    several = bool(others)
    title = f"MTProto conformance: {f'{len(all_results)} peers' if several else first.peer}"
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1><p>sansio-tl {_text(__version__)}, {when}</p>",
        _counts(all_results),
        *(_failed(results) for results in all_results),
        "<h2>Matrix</h2>",
        *(_matrices(list(cases.values()), all_results) if several else [_matrix(list(cases.values()), first)]),
        "<h2>Cases</h2>",
    ]
    shown: _Shown = {}
    parts += [_case(case, all_results, shown) for case in cases.values()]
    parts.append("</body></html>\n")
    return "".join(parts)


def _text(text: str) -> str:
    return escape(visible(text))


def _counts(all_results: Sequence[SuiteResults]) -> str:
    rows = []
    for results in all_results:
        cells = "".join(f"<td>{count}</td>" for count in results.counts.values())
        rows.append(f"<tr><th>{_text(results.peer)}</th>{cells}<td>{results.seconds:.0f} s</td></tr>")
    head = "".join(f'<th class="{verdict.value}">{verdict.value}</th>' for verdict in _SIGNS)
    return (
        f'<div class="scroll"><table><thead><tr><th>peer</th>{head}<th>time</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _failed(results: SuiteResults) -> str:
    """Links to the cases that a peer failed, which may be few among many."""
    names = [_text(each.case.name) for each in results.outcomes if each.verdict is CaseVerdict.FAIL]
    links = ", ".join(f'<a href="#{name}">{name}</a>' for name in names)
    return f'<p><b class="fail">failed</b> by {_text(results.peer)}: {links}</p>' if names else ""


def _matrix(cases: Sequence[Case], results: SuiteResults) -> str:
    """The verdicts of one peer, whose name is in the title."""
    found = {outcome.case.name: outcome for outcome in results.outcomes}
    rows = [
        f"<tr><td>{_text(case.check)}</td><td>{case.level.value}</td><td>{_link(case)}</td>"
        f"<td>{_sign(found[case.name], _SIGNS)}</td></tr>"
        for case in cases
    ]
    return (
        '<div class="scroll"><table><thead><tr><th>check</th><th>level</th><th>case</th><th>verdict</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _matrices(cases: Sequence[Case], all_results: Sequence[SuiteResults]) -> list[str]:
    """A matrix of the clients, and one of the servers, with narrow columns."""
    signs = ", ".join(f'<span class="v {each.value}">{sign}</span> {each.value}' for each, sign in _SHORT_SIGNS.items())
    parts = [f"<p>{signs}</p>"]
    for role in Role:
        of_role = [case for case in cases if case.role is role]
        found = {
            results.peer: outcomes
            for results in all_results
            if (outcomes := {each.case.name: each for each in results.outcomes if each.case.role is role})
        }
        head = "".join(f"<th>{_text(peer)}</th>" for peer in (*found, "check", "level"))
        rows = []
        for case in of_role:
            shown = (outcomes.get(case.name) for outcomes in found.values())
            cells = "".join(f"<td>{_sign(each, _SHORT_SIGNS) if each else ''}</td>" for each in shown)
            ends = f"<td>{_text(case.check)}</td><td>{case.level.value}</td>"
            rows.append(f"<tr><td>{_link(case)}</td>{cells}{ends}</tr>")
        if rows:
            parts.append(
                f'<h3>{role.value}s</h3><div class="scroll peers"><table><thead><tr><th>case</th>{head}</tr></thead>'
                f"<tbody>{''.join(rows)}</tbody></table></div>"
            )
    return parts


def _link(case: Case) -> str:
    return f'<a href="#{_text(case.name)}">{_text(case.name)}</a>'


def _sign(outcome: CaseResult, signs: Mapping[CaseVerdict, str]) -> str:
    verdict = outcome.verdict
    name = _text(outcome.case.name)
    return f'<a class="v {verdict.value}" href="#{name}" title="{verdict.value}">{signs[verdict]}</a>'


def _case(case: Case, all_results: Sequence[SuiteResults], shown: _Shown) -> str:
    """One case. Cases that look at the same run show its packets once."""
    parts = [
        f'<section id="{_text(case.name)}"><h3>{_text(case.check)} {_text(case.name)}</h3><dl>',
        f"<dt>what happens</dt><dd>{_text(case.title)}</dd>",
        f"<dt>expected ({case.level.value})</dt><dd>{_text(case.expected)}</dd>",
        f"<dt>otherwise</dt><dd>{_text(case.risk)}</dd>",
        f'<dt>protocol</dt><dd><a href="{_text(case.section)}">{_text(case.section)}</a></dd></dl>',
    ]
    for results in all_results:
        for outcome in results.outcomes:
            if outcome.case.name != case.name:
                continue
            if len(all_results) > 1 and outcome.verdict is not CaseVerdict.FAIL:
                parts.append(f'<p class="outcome">{_head(results.peer, outcome)}</p>')
            else:
                first = (
                    shown.setdefault((results.peer, outcome.transcript), case.name) if outcome.transcript else case.name
                )
                parts.append(_outcome(results.peer, outcome, case.name if first == case.name else first))
    parts.append("</section>")
    return "".join(parts)


def _outcome(peer: str, outcome: CaseResult, shown_with: str) -> str:
    """What a peer did; its packets, unless they are shown with another case."""
    verdict = outcome.verdict
    head = _head(peer, outcome)
    if shown_with != outcome.case.name:
        where = f'<a href="#{_text(shown_with)}">{_text(shown_with)}</a>'
        return (
            f"<details><summary>{head}</summary><p>The packets are those of {where}: it is the same run.</p></details>"
        )
    case = outcome.case
    whole = verdict in {CaseVerdict.FAIL, CaseVerdict.NON_STRICT}
    entries = [
        _entry(entry, fields=not _SHOWING.isdisjoint(case.tags) or not _is_plain(entry), whole=whole)
        for entry in outcome.transcript[:_MAX_ENTRIES]
    ]
    if len(outcome.transcript) > _MAX_ENTRIES:
        entries.append(f"<p>{len(outcome.transcript) - _MAX_ENTRIES} more</p>")
    output = f"<p>Its output ended with:</p><pre>{_lines(outcome.output)}</pre>" if outcome.output else ""
    return f"<details><summary>{head}</summary>{''.join(entries)}{output}</details>"


def _head(peer: str, outcome: CaseResult) -> str:
    verdict = outcome.verdict
    return (
        f'<span class="v {verdict.value}">{_SIGNS[verdict]}</span> {_text(peer)}: {_text(outcome.reason)}; '
        f"it {_text(outcome.ending.value)} ({outcome.seconds:.1f} s)"
    )


def _lines(text: str) -> str:
    return "\n".join(_text(line) for line in text.splitlines())


def _is_plain(entry: TranscriptEntry) -> bool:
    return entry.packet[:8] == NO_AUTH_KEY and not entry.note.startswith("fault")


def _entry(entry: TranscriptEntry, *, fields: bool, whole: bool) -> str:
    """What happened. `fields`: with the meaning of each field; `whole`: with all bytes, too, folded."""
    sender = {None: "", Role.CLIENT: "client", Role.SERVER: "server"}[entry.sender]
    arrow = {"": "·", "client": "client →", "server": "← server"}[sender]
    size = f", {len(entry.packet)} bytes" if entry.packet else ""
    where = f"#{entry.connection} " if entry.connection else ""
    lines = annotate(entry) if fields else []
    shown = f"<pre>{chr(10).join(lines)}</pre>" if lines else ""
    if whole and len(entry.packet) > SHOWN_BYTES:
        more = "" if len(entry.packet) <= _MAX_HEX else f" .. {len(entry.packet) - _MAX_HEX} bytes more"
        digits = f'<pre class="hex">{entry.packet[:_MAX_HEX].hex()}{more}</pre>'
        shown += f"<details><summary>all bytes</summary>{digits}</details>"
    return (
        f'<div class="entry {sender}"><span>{entry.at:7.3f} s {where}{arrow} {_text(entry.note)}{size}</span>'
        f"{shown}</div>"
    )
