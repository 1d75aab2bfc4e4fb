"""Attacks by a hostile peer on one connection, and what each costs the program: CPU time and memory for bytes sent.

    python -m tests.hostile [megabytes]   carry out every attack, and write docs/hostile.json

`attacks` has the attacks, `measure` the measurement. `test_sockets` runs hostile peers against the adapters' servers.
"""
