"""Faults that are made for real on the lab's cluster, each in one place: how to break, what fails then, how to mend.

A fault is a function that breaks exactly one thing, yields, and mends it; the `fault` line above it says which root cause of
the catalogue that is, what to examine, which traffic must fail (and how) and work again.
"""

from tests.lab.faults.catalogue import all_faults
from tests.lab.faults.fault import Fault, Traffic, fault
from tests.lab.faults.shop import Shop

__all__ = ["Fault", "Shop", "Traffic", "all_faults", "fault"]
