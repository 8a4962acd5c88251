"""kubectl svcdoctor: why does this Service not work, and what do I change?"""

__version__ = "0.1.0"
