"""Pictures of a trace for the documentation, made with Chromium: ``python -m tests.transports.trace_screenshots``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sansio_tl_transports.tracing import html, read_qlog
from tests.helpers.traced_login import write_trace
from tests.transports.debian_packages import find
from tests.transports.devtools import Browser

STATIC = Path(__file__).parents[2] / "docs" / "_static"


def main() -> int:
    """Write both pictures; the exit status is 1 without Chromium."""
    if find("chromium") is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as directory, Browser(width=1100, height=720) as browser:
        page = Path(directory) / "trace.html"
        write_trace(Path(directory) / "trace.qlog")
        page.write_text(html.page(*read_qlog(Path(directory) / "trace.qlog")), encoding="utf-8")
        for dark in (False, True):
            browser.set_dark(dark=dark)
            browser.open(page)
            browser.evaluate("document.querySelector('g.mark.bad').dispatchEvent(new MouseEvent('mouseenter'))")
            browser.screenshot(STATIC / f"trace-{'dark' if dark else 'light'}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
