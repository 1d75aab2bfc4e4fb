"""The cost of a call, compared with Telethon: `make bench-session`.

`calls` has clients of both libraries call one embedded data center over loopback; `alone` measures the engine without
sockets, and whether cost grows with what was asked before; `idle` weighs connections that only wait; `stages` takes a
small call apart. `pages` turns the figures into what the documentation shows.
"""
