"""Prints how many root causes of the catalogue have a case that names them; the rest with the reason.

The catalogue of this stretch, by hop, stands in tests/cases/catalogue.yaml.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

from kubectl_svcdoctor.checks import all_checks
from tests.support.cases import cases
from tests.support.wellformed import catalogue


@cache
def covered() -> frozenset[str]:
    """The root causes that some case with findings names."""
    return frozenset(slug for case in cases() if case.finds for slug in case.covers)


def shortcomings() -> Iterator[str]:
    """What the catalogue and the cases have to say of each other, and do not; each as a sentence that says what to do."""
    causes, reasons = catalogue()
    for hop, slugs in causes.items():
        for slug in slugs:
            if slug not in covered() and slug not in reasons:
                yield f"{slug} ({hop}) has no case: add one that covers it, or say under without_case in tests/cases/catalogue.yaml why none can"
    for slug in reasons:
        if slug in covered():
            yield f"{slug} has a case: remove it from without_case in tests/cases/catalogue.yaml"
        if not any(slug in slugs for slugs in causes.values()):
            yield f"{slug} is excused under without_case in tests/cases/catalogue.yaml, but is no root cause of it: correct or remove it"


def main() -> int:
    """0 when every root cause is either covered by a broken case or listed with a reason, 1 otherwise."""
    causes, reasons = catalogue()
    for hop, slugs in causes.items():
        print(f"{hop:10} {sum(slug in covered() for slug in slugs):3} of {len(slugs):3} root causes have a case")
    known = [slug for slugs in causes.values() for slug in slugs]
    print(f"{'together':10} {sum(slug in covered() for slug in known):3} of {len(known):3}; {len(cases())} cases, {len(all_checks())} checks")
    for slug in known:
        if slug not in covered():
            print(f"  {slug}: {reasons.get(slug, 'no reason')}")
    further = sorted({check.slug for check in all_checks()} - set(known))
    print(f"checks for root causes of their own: {', '.join(further)}")
    wrong = list(shortcomings())
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
