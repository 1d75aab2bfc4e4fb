"""Runs the conformance suite: starts clients under test, connects to servers under test, and writes reports."""
