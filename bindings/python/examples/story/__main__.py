"""The stories that `cargo xtask demo` tells, in Python: `python story PROVIDER [--read-only]`.

Prints one line a step: name, milliseconds, `ok` or `failed`, detail, with tabs between. The client
finds its credentials, and the server if it is another than the provider's own, in the environment.
With --read-only nothing is made or deleted.
"""

from __future__ import annotations

import sys

import digitalocean
import ovhcloud
import snapline
from telling import Telling

STORIES = {"digitalocean": digitalocean.tell, "ovhcloud": ovhcloud.tell}


def main(arguments: list[str]) -> int:
    story = STORIES.get(arguments[0]) if arguments else None
    if story is None:
        print("usage: story PROVIDER [--read-only]", file=sys.stderr)
        return 1
    telling = Telling()
    try:
        story(telling, "--read-only" in arguments)
    except snapline.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    return 1 if telling.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
