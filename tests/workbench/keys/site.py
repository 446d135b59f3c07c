"""A face of its own, so that the product's has no page more while this is tested."""

from yuju.kit.console.site import ConsoleSite

site = ConsoleSite("workbench")
