"""The engine: definitions, targets, the contract for checks, the runner and reports. It never imports `checks`."""

__version__ = "0.1.0"
