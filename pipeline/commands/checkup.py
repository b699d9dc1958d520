"""What `doctor` looks at outside of the project: Python, packages, credentials, addresses, and the API if asked to."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from pipeline import __version__
from pipeline.errors import DrawError

_EXTRAS = ("pybase64", "cykooz-resizer")
"""What the extras `fast` and `resize` bring: told where it is there."""

_PACKAGES = ("google-genai", "httpx2", "Jinja2", "Pillow", "PyYAML", "rich", "tenacity", "watchfiles")
_SDK_MAJOR = 3
"""Of google-genai: each major version changes its defaults, and so possibly what a call costs."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ONLINE_TIMEOUT_S = 30.0


class Level(StrEnum):
    OK = "ok"
    HINT = "hint"  # worth knowing, and nothing fails because of it
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at, and how it is."""

    about: str
    level: Level
    message: str
    hint: str = ""


def ok(about: str, message: str) -> Finding:
    return Finding(about=about, level=Level.OK, message=message)


def hint(about: str, message: str, remedy: str = "") -> Finding:
    return Finding(about=about, level=Level.HINT, message=message, hint=remedy)


def broken(about: str, message: str, remedy: str = "") -> Finding:
    return Finding(about=about, level=Level.BROKEN, message=message, hint=remedy)


def packages() -> Iterator[Finding]:
    """Python, this tool, and what it stands on."""
    from importlib.metadata import PackageNotFoundError, version

    yield ok("python", f"{sys.version.split()[0]}, asset-pipeline {__version__}")
    found, lacking = {}, []
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            lacking.append(name)
    if lacking:
        yield broken("packages", f"not installed: {', '.join(lacking)}", "install asset-pipeline again")
    sdk = found.get("google-genai", "")
    if sdk and sdk.split(".")[0] != str(_SDK_MAJOR):
        message = f"google-genai {sdk} is not one of the versions ({_SDK_MAJOR}.x) that this release was made for"
        yield broken("packages", message, f"install google-genai~={_SDK_MAJOR}.4")
    for name in _EXTRAS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    yield ok("packages", ", ".join(f"{name} {number}" for name, number in found.items()))


def credentials(environ: Mapping[str, str], generator: str) -> Iterator[Finding]:
    """Which variables hold credentials; their values are neither shown nor looked at for more than their characters."""
    from pipeline.credentials import KEY_NAMES, unfit_key, uses_vertex
    from pipeline.draw.generators import BUILT_IN, missing_of
    from pipeline.options import PLACEHOLDER

    if generator == PLACEHOLDER:
        yield hint("credentials", "the project draws placeholders only", "`generator:` in pipeline.yaml says so")
        return
    lacking = missing_of(generator, environ)
    if lacking:
        yield hint("credentials", lacking, "until then builds make placeholders")
        return
    if generator != BUILT_IN:
        yield ok("credentials", f"the generator `{generator}` has what it needs")
        return
    names = [name for name in KEY_NAMES if environ.get(name, "").strip()]
    if uses_vertex(environ):
        yield ok("credentials", f"Vertex AI: {_vertex_sign_in(environ, names)}")
        return
    unfit = unfit_key(environ[names[0]].strip())
    if unfit:
        yield broken("credentials", f"{names[0]}: {unfit}", "copy the key anew")
        return
    yield ok("credentials", f"the key in {names[0]}")
    if len(names) > 1 and environ[names[0]].strip() != environ[names[1]].strip():
        yield hint("credentials", f"{names[1]} is set too, to another key: {names[0]} wins", "unset one of them")


def _vertex_sign_in(environ: Mapping[str, str], names: Sequence[str]) -> str:
    project = environ.get("GOOGLE_CLOUD_PROJECT", "")
    if project:
        return f"project {project}, {environ.get('GOOGLE_CLOUD_LOCATION') or 'in the location that the SDK chooses'}"
    return f"the key in {names[0]}" if names else "the file that GOOGLE_APPLICATION_CREDENTIALS names"


def addresses(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Where calls go, if that is not the API itself."""
    from pipeline.credentials import uses_vertex

    name = "GOOGLE_VERTEX_BASE_URL" if uses_vertex(environ) else "GOOGLE_GEMINI_BASE_URL"
    address = environ.get(name, "")
    if address:
        yield _address(name, address)
    proxy = next((n for n in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy") if environ.get(n)), None)
    if proxy:
        yield hint("address", f"calls go through the proxy of {proxy}", "an answer has some 10 MB and takes minutes")
    version = environ.get("GOOGLE_GENAI_API_VERSION")
    if version:
        yield hint("address", "GOOGLE_GENAI_API_VERSION is not obeyed", "`api_version:` in pipeline.yaml is")


def _address(name: str, address: str) -> Finding:
    try:
        parts = urlsplit(address)
        host, scheme = parts.hostname or "", parts.scheme
    except ValueError:
        host, scheme = "", ""
    if scheme not in ("http", "https") or not host:
        return broken("address", f"{name} is not an address", "it begins with https:// and names a host")
    if host in _LOOPBACK:
        return hint("address", f"calls go to this machine ({host}), not to the API", f"unset {name} to draw for real")
    if scheme == "http":
        return hint("address", f"calls go to {host} without encryption, and the key with them", "use https")
    return hint(
        "address",
        f"calls go to {host}, and the key with them",
        "some proxies drop imageConfig: check size and shape of the first picture",
    )


def online(environ: Mapping[str, str], api_version: str, used: Collection[str]) -> Iterator[Finding]:
    """Ask the API for its list of models: free, and tells whether the key works. `used` are the project's models."""
    import asyncio

    from pipeline.credentials import uses_vertex
    from pipeline.draw.gemini import Gemini

    async def ask() -> tuple[str, ...]:
        gemini = Gemini(environ, api_version)
        try:
            return await gemini.model_ids(_ONLINE_TIMEOUT_S)
        finally:
            await gemini.aclose()

    try:
        there = asyncio.run(ask())
    except DrawError as error:
        yield broken("online", error.message, error.hint)
        return
    yield ok("online", f"the API knows the key and offers {len(there)} models; nothing was charged")
    for id in sorted(set(used) - set(there)):
        if not uses_vertex(environ):
            yield hint("online", f"`{id}`, which the specs use, is not among them", "`pipeline models` lists others")
