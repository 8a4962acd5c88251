"""What a recording keeps of what was read: an allow-list, field by field, and the words of texts that tell nothing of an application."""

from kubectl_svcdoctor.collect.kept.keeper import Keeper, names
from kubectl_svcdoctor.collect.kept.words import tokens

__all__ = ["Keeper", "names", "tokens"]
