"""The engine: definitions, targets, checks' contract, runner and reports. It never imports `checks`."""

__version__ = "0.1.0"
