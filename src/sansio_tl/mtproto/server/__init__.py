"""The server's side of MTProto: handshake, auth keys, sessions, queries."""
