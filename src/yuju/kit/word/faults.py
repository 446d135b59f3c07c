"""What is the matter with a Word file, said so that whoever wrote it finds the place and knows what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault of a Word file.

    Attributes:
        place: where it is, such as "Paragraph 12: 第三条 租金…"; empty for the file as a whole.
        wrong: what is wrong.
        expected: what to do about it.
        code: for tests and programs.
    """

    wrong: str
    expected: str = ""
    place: str = ""
    code: str = ""
