"""An Apache Ignite endpoint without a JVM, for tests."""

from portway_grid._grid import Grid, GridError

__all__ = ["Grid", "GridError"]
