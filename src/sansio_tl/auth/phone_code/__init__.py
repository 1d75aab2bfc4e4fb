"""Phone codes: login, and changing, verifying and confirming a phone number."""
