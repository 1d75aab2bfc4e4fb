"""Code shared by the adapters. Nothing here uses a socket."""
