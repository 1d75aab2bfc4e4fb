"""Stand-ins and tools that the tests of several packages share."""
