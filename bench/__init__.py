"""Benchmarks against a physical limit measured in the same run. They live beside the product, not in it."""
