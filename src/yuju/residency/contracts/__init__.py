"""The text of contracts: its variables, what a template must say, our sample, and how it is filled in and printed."""
