"""A whole run folder as text, so that it can leave a machine by the one way that is always there: a log.

Between two lines like those of RFC 7468 stands a tar archive, compressed by gzip, in base64. A log may hold other lines
and several runs. What comes back is only unpacked here; whether it is a whole run, its own checksums say.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import tarfile
import zlib
from typing import TYPE_CHECKING

from gateway.bench.record import RUN
from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.bench.folder import Run

BEGIN, END = "-----BEGIN GATEWAY RUN-----", "-----END GATEWAY RUN-----"
MOST_CHARACTERS = 8 << 20
"""A kubelet turns a container's log over at 10 MiB and then shows its last part only."""
MOST_BYTES = 1 << 30
"""Of all files that a text may become."""
_LINE = 4096
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_AGAIN = "take the whole log once more; `gateway export RUN --format packed` writes it"


def text(run: Run) -> str:
    """Return the folder's run.json, tables and spans as text; refuses a run that is too large for a log."""
    packed = base64.b64encode(gzip.compress(_archive(run), mtime=0)).decode()
    if len(packed) > MOST_CHARACTERS:
        size = f"{len(packed) / (1 << 20):.1f} MiB"
        raise Refusal(
            f"{run.folder} is {size} as text, more than a log keeps", "copy the folder, or keep it on a volume"
        )
    lines = (packed[begin : begin + _LINE] for begin in range(0, len(packed), _LINE))
    return "\n".join([BEGIN, *lines, END]) + "\n"


def unpack(written: str, source: str, into: Path) -> list[Path]:
    """Write each run of a text below `into`, and return the folders; refuses one without any, or with half of one."""
    folders = [
        _unpacked(content, source, into / str(number)) for number, content in enumerate(_between(written, source))
    ]
    if not folders:
        raise Refusal(f"{source} holds no run", "name a run folder, or a file of `gateway export RUN --format packed`")
    return folders


def _archive(run: Run) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in (RUN, *sorted(run.manifest.files)):
            content = (run.folder / name).read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _between(written: str, source: str) -> Iterator[str]:
    """Yield what stands between each pair of lines."""
    for part in written.split(BEGIN)[1:]:
        content, found, _ = part.partition(END)
        if not found:
            raise Refusal(f"{source} ends in the middle of a run", _AGAIN)
        yield content


def _unpacked(content: str, source: str, folder: Path) -> Path:
    try:
        folder.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(_inflated(content, source)), mode="r:") as archive:
            for member in archive:
                _write(member, archive, source, folder)
    except (binascii.Error, zlib.error, tarfile.TarError, EOFError, ValueError) as error:
        raise Refusal(f"{source} holds a run that is not whole", _AGAIN) from error
    except OSError as error:
        raise Refusal(
            f"cannot write below {folder.parent}: {error.strerror or error}", "see that TMPDIR has room"
        ) from error
    return folder


def _inflated(content: str, source: str) -> bytes:
    """Return the archive; a text that would become too much is refused before it has."""
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    archive = decompressor.decompress(base64.b64decode("".join(content.split()), validate=True), MOST_BYTES)
    if decompressor.unconsumed_tail:
        raise Refusal(f"{source} holds more than a run can", _AGAIN)
    if not decompressor.eof:
        raise EOFError
    return archive


def _write(member: tarfile.TarInfo, archive: tarfile.TarFile, source: str, folder: Path) -> None:
    """Write one plain file beside the others; any other member is refused."""
    content = archive.extractfile(member) if member.isreg() and _MEMBER.fullmatch(member.name) else None
    if content is None:
        raise Refusal(f"{source} holds something that is no part of a run", _AGAIN)
    (folder / member.name).write_bytes(content.read())
