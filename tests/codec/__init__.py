"""Tests of the codec of the shipped schema."""
