"""The embedded data center in a thread, and a pytest plugin."""
