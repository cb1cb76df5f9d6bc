"""Panels for notebooks: an account on the screen, alive while its cells run. The only part that knows ipywidgets."""

from .panel import panel

__all__ = ["panel"]
