"""Tests of the TL language."""
