"""Tests of the schema data and of what is generated from it."""
