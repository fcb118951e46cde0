"""Download one file over HTTP: resumed where it broke off, hashed as it arrives, in place only when its SHA-256 fits.

The file is pinned by its SHA-256, so bytes that arrived earlier may be kept whichever server they came from: if the
whole does not fit in the end, it is fetched once more from its first byte.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from .. import __version__, runtime
from .errors import SourceFailed

STALL_SECONDS = 20.0  # for connecting, and for each wait for more bytes
SLOWEST = 1024  # bytes per second, over each STALL_SECONDS: a server that drips is no better than one that hangs
ATTEMPTS = 4  # a connection that breaks off is resumed, as long as each attempt brings something
_CHUNK = 1 << 18


class _BrokeOff(Exception):
    """The connection ended before the file did."""


def to_file(url: str, target: Path, *, sha256: str, size: int, desc: str = "") -> None:
    """Download `url` to `target`, a file of `size` bytes with this SHA-256.

    What has arrived is kept beside it, as ``target.part``, and the next call goes on from there. SourceFailed when the
    server cannot be reached, answers with an error or an HTML page, stalls, or sends anything but that file; OSError
    when the file cannot be written.
    """
    part = target.with_name(target.name + ".part")
    for attempt in range(ATTEMPTS):
        before = _size(part)
        try:
            resumed, digest = _transfer(url, part, size, desc)
        except _BrokeOff as broke_off:
            if attempt + 1 == ATTEMPTS or _size(part) <= before:
                raise SourceFailed(f"{broke_off} (kept; the next try goes on from there)") from None
            continue
        if digest == sha256:
            os.replace(part, target)
            return
        part.unlink()
        if not resumed:
            raise SourceFailed(f"the file that arrived is damaged or altered: SHA-256 {digest[:12]}…, not {sha256[:12]}…")
    raise SourceFailed(f"the file after {ATTEMPTS} attempts does not have the SHA-256 {sha256[:12]}…")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def byte_bar(total: int, desc: str):
    """A progress bar that counts bytes."""
    bar = runtime.progress(total=total, desc=desc, unit="B")
    bar.unit_scale = True
    return bar


def _transfer(url: str, part: Path, size: int, desc: str) -> tuple[bool, str]:
    """Bring `part` to its full size; returns whether earlier bytes were used, and the SHA-256 of the whole."""
    have = _size(part)
    if have > size:
        have = 0
    hasher = hashlib.sha256()
    if have:
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
        if have == size:
            return True, hasher.hexdigest()
    response, have = _open(url, have, size)
    if not have:
        hasher = hashlib.sha256()
    with response, part.open("ab" if have else "wb") as file, byte_bar(size, desc) as bar:
        bar.update(have)
        arrived = have
        for chunk in _chunks(response):
            if arrived == 0 and chunk.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
                raise SourceFailed("an HTML page arrived instead of the file (an error page, or a sign-in page?)")
            arrived += len(chunk)
            if arrived > size:
                raise SourceFailed(f"the server sends more than the {size:,} bytes of the file")
            file.write(chunk)
            file.flush()  # a killed process leaves all that has arrived
            hasher.update(chunk)
            bar.update(len(chunk))
    if arrived < size:
        raise _BrokeOff(f"the connection broke off after {arrived:,} of {size:,} bytes")
    return have > 0, hasher.hexdigest()


def _open(url: str, have: int, size: int) -> tuple[http.client.HTTPResponse, int]:
    """Ask for the file from byte `have` on; returns the response, and the byte that it really starts from (or 0)."""
    headers = {"User-Agent": f"sslcourse/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=STALL_SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            if have and error.code in (400, 412, 416):  # this server will not go on from there
                return _open(url, 0, size)
            raise SourceFailed(f"the server answered {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SourceFailed(_reason(error)) from None
    try:
        if have and response.status == 206 and not _starts_at(response.headers.get("Content-Range", ""), have, size):
            response.close()
            return _open(url, 0, size)
        start = have if response.status == 206 else 0
        if response.status not in (200, 206):
            raise SourceFailed(f"the server answered {response.status} {response.reason}")
        if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise SourceFailed("an HTML page arrived instead of the file (an error page, or a sign-in page?)")
        if response.length is not None and start + response.length != size:
            raise SourceFailed(f"the server offers {start + response.length:,} bytes, the file has {size:,}")
    except BaseException:
        response.close()
        raise
    return response, start


def _starts_at(content_range: str, have: int, size: int) -> bool:
    return content_range.removeprefix("bytes ").strip() in (f"{have}-{size - 1}/{size}", f"{have}-{size - 1}/*")


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The body as it arrives. SourceFailed when it stalls, _BrokeOff when the connection goes down."""
    since, arrived = time.monotonic(), 0
    while True:
        try:
            chunk = response.read1(_CHUNK)  # returns after one receive, so that a slow body is seen to be slow
        except TimeoutError:
            raise SourceFailed(f"the server sent nothing for {STALL_SECONDS:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise _BrokeOff(f"the connection broke off ({_reason(error)})") from None
        if not chunk:
            return
        yield chunk
        arrived += len(chunk)
        if (elapsed := time.monotonic() - since) > STALL_SECONDS:
            if arrived < SLOWEST * elapsed:
                raise SourceFailed(f"the server sent only {arrived:,} bytes in {elapsed:.0f} s")
            since, arrived = time.monotonic(), 0


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", error)
    if isinstance(inner, TimeoutError):
        return f"no answer within {STALL_SECONDS:g} s"
    return str(getattr(inner, "strerror", None) or inner or type(inner).__name__)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
