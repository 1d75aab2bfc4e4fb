"""The speed of each framing, compared with pyMTProto: `make bench-framings`."""
