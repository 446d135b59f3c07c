"""The tests every console inherits: who may see it, that its list tells the truth, that its form keeps what was typed.

A test class derives from `ConsoleTests` (and `ConsoleFormTests` where there is a form), names its console and says
how to make a row. The fixture `world` comes from the application's tests; `World` says what it must offer.
"""

from yuju.kit.testing.console.forms import ConsoleFormTests
from yuju.kit.testing.console.lists import ConsoleTests
from yuju.kit.testing.console.world import World

__all__ = ["ConsoleFormTests", "ConsoleTests", "World"]
