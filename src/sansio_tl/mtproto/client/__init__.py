"""The client's side of an MTProto session: handshake, requests, resending, clock, salts."""
