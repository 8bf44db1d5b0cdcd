"""Runs `gateway` as the owner of the working folder: a run then lies in a mounted folder and belongs to its owner."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Leave root where the folder is another's, and become the command line."""
    if os.geteuid() == 0:
        owner = Path().stat()
        try:
            os.setgroups([])
            os.setgid(owner.st_gid)
            os.setuid(owner.st_uid)
        except PermissionError:
            sys.exit(f"this container may not become user {owner.st_uid}: add --user {owner.st_uid}:{owner.st_gid}")
    os.execvp("gateway", ["gateway", *sys.argv[1:]])  # noqa: S606 - what the image is for


if __name__ == "__main__":
    main()
