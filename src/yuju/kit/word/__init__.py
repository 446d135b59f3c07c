"""Word files that people hand in, read, filled in and printed: paragraphs, looks, lists, tables, headers, numbers of pages.

What of a file cannot be carried over is a fault, said with its place (`read_word`). ADR 27 says why it is read by ourselves.
"""

from yuju.kit.word.faults import Fault
from yuju.kit.word.filling import Named, filled, halves_in, variables_in
from yuju.kit.word.opening import open_word
from yuju.kit.word.printing import word_pdf
from yuju.kit.word.reading import Reading, read_word
from yuju.kit.word.tree import Block, Paragraph, Table, Text

__all__ = [
    "Block",
    "Fault",
    "Named",
    "Paragraph",
    "Reading",
    "Table",
    "Text",
    "filled",
    "halves_in",
    "open_word",
    "read_word",
    "variables_in",
    "word_pdf",
]
