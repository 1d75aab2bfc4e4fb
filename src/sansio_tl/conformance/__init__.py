"""The conformance suite: cases that test a client or a server of MTProto against its protocol, without I/O.

`sansio-tl conform` runs them. `case` says what a case is; `client_cases` and `server_cases` hold them.
"""
