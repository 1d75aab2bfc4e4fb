"""MTProto 2.0: the handshake, the encrypted envelope and the session. One idea a file, both roles, no I/O."""
