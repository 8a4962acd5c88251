"""Joins what was read into what checks ask for.

Every module here registers providers: `@asks(T)` says which read of the API gives a `T`, `@derives` computes one type out of others.
"""
