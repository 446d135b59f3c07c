"""Test cases to inherit; they run under pytest with the fixtures their docstrings name."""
