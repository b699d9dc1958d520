"""Who pays: the API key, or Vertex AI's own variables. From the environment alone, and looked at without the SDK."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # for the typing module's own name of it, that module would have to be loaded
    from collections.abc import Mapping

KEY_NAMES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""In the SDK's own order: the first one wins."""


def missing(environ: Mapping[str, str]) -> str | None:
    """None when there is a key or Vertex AI is set up, else a sentence that names what to set."""
    if uses_vertex(environ):
        project = environ.get("GOOGLE_CLOUD_PROJECT") or environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        if api_key(environ) or project:
            return None
        return (
            "Vertex AI is chosen (GOOGLE_GENAI_USE_VERTEXAI), but no project: set GOOGLE_CLOUD_PROJECT "
            "and GOOGLE_CLOUD_LOCATION, or GOOGLE_API_KEY"
        )
    if api_key(environ):
        return None
    return (
        "no credentials for Gemini: set GEMINI_API_KEY (or GOOGLE_API_KEY), or for Vertex AI "
        "GOOGLE_GENAI_USE_VERTEXAI=true with GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION"
    )


def api_key(environ: Mapping[str, str]) -> str:
    """The key that is used; empty where there is none."""
    return next(iter(secrets(environ)), "")


def secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What must never be shown."""
    return tuple(value for name in KEY_NAMES if (value := environ.get(name, "").strip()))


def unfit_key(key: str) -> str | None:
    """A sentence if a key could not even be sent; its characters are not shown."""
    if key.isascii() and key.isprintable():
        return None
    return "the API key holds characters that no key has (a line break, a quotation mark from a document?)"


def uses_vertex(environ: Mapping[str, str]) -> bool:
    """Whether the calls go to Vertex AI, by the variables that the SDK itself looks at."""
    for name in ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI"):
        if name in environ:
            return environ[name].lower() in ("true", "1")
    return False


def api_version_of(api_version: str, *, vertex: bool) -> str:
    """The version in the address: Vertex AI calls its v1beta v1beta1."""
    return "v1beta1" if vertex and api_version == "v1beta" else api_version
