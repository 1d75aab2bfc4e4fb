"""Adapters: the only rooms with windows. Sockets, clocks, threads and files live here and nowhere below."""
