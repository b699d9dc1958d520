"""Where a picture comes from, said inside its file: an XMP packet with the words of IPTC's standard for photographs.

Written are the kind of source (made by a trained model, or a composite with such a picture, once a person retouched
it), the model as the system used and as the creating tool, and the alt text. No credit line: whom to name there is for
the project to say. The prompt and the request's key are written only on request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

_SOURCE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_NAMESPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "assetpipeline": "urn:asset-pipeline:xmp#",
}
_LONGEST_BYTES: Final = {"short": 500, "alt": 6_000, "prompt": 40_000}
"""Of each text, as it is written. All of them fit into the one segment of 65,502 bytes that a JPEG has for them."""

# What XML cannot hold, not even escaped.
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class About:
    """What a file says of itself; what is empty is not said. Its fields are those of a derivation's `provenance`."""

    model: str = ""
    """The id of the model that drew the picture; empty where none did."""
    retouched: bool = False
    """Whether a person worked on what the model drew."""
    alt: str = ""
    prompt: str = ""
    request: str = ""
    """The request's key."""

    @property
    def source(self) -> str:
        """The kind of source in IPTC's vocabulary, as a URI; empty where no model had a part in it."""
        if not self.model:
            return ""
        return _SOURCE + ("compositeWithTrainedAlgorithmicMedia" if self.retouched else "trainedAlgorithmicMedia")


def packet(about: About) -> bytes:
    """The XMP packet, at most 65,000 bytes; empty where there is nothing to say.

    The same values give the same bytes. What XML cannot hold is left out of a text, and what is too long is cut.
    """
    properties = (
        _property("Iptc4xmpExt:DigitalSourceType", about.source, "short"),
        _property("Iptc4xmpExt:AISystemUsed", about.model, "short"),
        _property("Iptc4xmpExt:AIPromptInformation", about.prompt, "prompt"),
        _property("xmp:CreatorTool", about.model, "short"),
        _in_languages("dc:description", about.alt),
        _in_languages("Iptc4xmpCore:AltTextAccessibility", about.alt),
        _property("assetpipeline:Request", about.request, "short"),
    )
    body = "".join(properties)
    if not body:
        return b""
    used = {name: uri for name, uri in _NAMESPACES.items() if f"<{name}:" in body}
    declared = "".join(f' xmlns:{name}="{uri}"' for name, uri in used.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{declared}>{body}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def _property(name: str, text: str, length: str) -> str:
    written = _written(text, _LONGEST_BYTES[length])
    return f"<{name}>{written}</{name}>" if written else ""


def _in_languages(name: str, text: str) -> str:
    """A text of which there could be one in each language; nothing is known of the language of ours."""
    written = _written(text, _LONGEST_BYTES["alt"])
    if not written:
        return ""
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{written}</rdf:li></rdf:Alt></{name}>'


def _written(text: str, most_bytes: int) -> str:
    """The text as XML, cut to so many bytes of UTF-8, escapes included."""
    clean = _NO_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    whole = escape(clean)
    if len(whole.encode()) <= most_bytes:
        return whole
    left, kept = most_bytes - len("…".encode()), []
    for character in clean:
        one = escape(character)
        left -= len(one.encode())
        if left < 0:
            break
        kept.append(one)
    return "".join(kept).rstrip() + "…"
