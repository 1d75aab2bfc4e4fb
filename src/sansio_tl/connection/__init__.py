"""One connection: what both roles share, the client's and the server's. No I/O."""
