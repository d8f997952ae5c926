"""kamflow: policies and workflows for key-account management, exact and explained."""

__version__ = "0.1.0"
