"""Prints how many root causes of the catalogue have a case that names them; the rest with the reason.

The catalogue of this stretch, by hop, stands in tests/cases/catalogue.yaml.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import yaml

from kubectl_svcdoctor.checks import all_checks
from tests.support.cases import FOLDER, cases


def main() -> int:
    """0 when every root cause is either covered by a broken case or listed with a reason, 1 otherwise."""
    catalogue: dict[str, list[str]] = yaml.safe_load((FOLDER / "catalogue.yaml").read_text())["causes"]
    reasons: dict[str, str] = yaml.safe_load((FOLDER / "catalogue.yaml").read_text())["without_case"]
    found = defaultdict(list)
    for case in cases():
        for slug in case.covers if case.finds else ():
            found[slug].append(case.id)
    known = {slug for slugs in catalogue.values() for slug in slugs}
    missing = []
    for hop, slugs in catalogue.items():
        covered = [slug for slug in slugs if slug in found]
        print(f"{hop:10} {len(covered):3} of {len(slugs):3} root causes have a case")
        missing += [slug for slug in slugs if slug not in found]
    print(f"{'together':10} {len(known) - len(missing):3} of {len(known):3}; {len(cases())} cases, {len(all_checks())} checks")
    for slug in missing:
        print(f"  {slug}: {reasons.get(slug, 'NO REASON GIVEN')}")
    unexplained = [slug for slug in missing if slug not in reasons]
    stale = [slug for slug in reasons if slug in found]
    further = set(yaml.safe_load((FOLDER / "catalogue.yaml").read_text())["further"])
    strange = {check.slug for check in all_checks()} - known - further
    for name, slugs in (("without case and reason", unexplained), ("covered, yet excused", stale), ("not in the catalogue", sorted(strange))):
        if slugs:
            print(f"{name}: {', '.join(slugs)}", file=sys.stderr)
    return 1 if unexplained or stale or strange else 0


if __name__ == "__main__":
    sys.exit(main())


