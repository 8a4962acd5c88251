"""`python -m kubectl_svcdoctor.demo`: the plugin at work on the recording, as its user would type it."""

from __future__ import annotations

import sys
from importlib import resources

from kubectl_svcdoctor.cli.main import status

COMMANDS = (["-n", "shop"], ["checkout", "-n", "shop"])


def main() -> int:
    """Runs both commands; 0 when they end as they should on this recording (a cause found)."""
    with resources.as_file(resources.files("kubectl_svcdoctor.demo") / "shop.yaml") as recording:
        ended = [_shown(command, str(recording)) for command in COMMANDS]
    print("This was a recording. With a kubeconfig, `kubectl svcdoctor NAME -n NAMESPACE` does the same on your cluster.")
    return 0 if ended == [1, 1] else 1


def _shown(command: list[str], recording: str) -> int:
    print(f"$ kubectl svcdoctor {' '.join(command)}", flush=True)
    ended = status([*command, "--replay", recording])
    print(flush=True)
    return ended


if __name__ == "__main__":
    sys.exit(main())
