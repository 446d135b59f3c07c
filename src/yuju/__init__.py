"""Yuju 寓居: software that runs apartment buildings."""

__version__ = "0.1.0"
