"""How fast packets go through each framing, beside pyMTProto: `make bench-framings`."""
