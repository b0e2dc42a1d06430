"""Loads the files of a Tidemark export into a database: exactly, in order, and each file once."""

__version__ = "0.3.0"
