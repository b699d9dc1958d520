"""What a file says of itself is read back by exiftool, which knows nothing of this project."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline import marks
from pipeline.finish.derivations import derive_all
from pipeline.finish.encode import encode
from pipeline.finish.provenance import About, packet
from pipeline.spec.encoding import FORMATS
from pipeline.words import Derivation
from tests.signed import with_c2pa

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
ALT = 'Ein Fuchs & ein "Kranich" <im Nebel>, 狐 🦊'
FULL = About(
    model="gemini-3-pro-image", alt=ALT, prompt="A fox.\n\nIn the style of image 1 & 2.", request="sha256:" + "ab" * 32
)

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")


def read(folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Of each file in a folder all that exiftool finds, by its group and name."""
    done = subprocess.run(["exiftool", "-json", "-G1", "-struct", *options, folder], capture_output=True, check=True)
    return {Path(found.pop("SourceFile")).stem: found for found in json.loads(done.stdout)}


def inner_png(data: bytes) -> bytes:
    """The last PNG in an icon: to an ico and an icns exiftool pays no such attention."""
    start = data.rindex(b"\x89PNG")
    return data[start : data.index(b"IEND\xaeB`\x82", start) + 8]


def written(folder: Path, about: About | None) -> dict[str, dict[str, Any]]:
    """What exiftool finds in a file of every format."""
    for format in FORMATS:
        data = encode(Image.radial_gradient("L").convert("RGB"), format, {}, about=about)
        assert marks.read_mark(data) == "derived"
        icon = format in ("ico", "icns")
        file = folder / f"{format}{'.png' if icon else FORMATS[format].suffix}"
        file.write_bytes(inner_png(data) if icon else data)
    return read(folder, "-XMP:all")


@needs_exiftool
@pytest.mark.parametrize(
    ("about", "said"),
    [
        (
            About(model="gemini-3-pro-image", alt=ALT),
            {
                "XMP-iptcExt:DigitalSourceType": SOURCE + "trainedAlgorithmicMedia",
                "XMP-iptcExt:AISystemUsed": "gemini-3-pro-image",
                "XMP-xmp:CreatorTool": "gemini-3-pro-image",
                "XMP-dc:Description": ALT,
                "XMP-iptcCore:AltTextAccessibility": ALT,
            },
        ),
        (
            FULL,
            {
                "XMP-iptcExt:DigitalSourceType": SOURCE + "trainedAlgorithmicMedia",
                "XMP-iptcExt:AISystemUsed": "gemini-3-pro-image",
                "XMP-iptcExt:AIPromptInformation": FULL.prompt,
                "XMP-xmp:CreatorTool": "gemini-3-pro-image",
                "XMP-dc:Description": ALT,
                "XMP-iptcCore:AltTextAccessibility": ALT,
                "XMP-assetpipeline:Request": FULL.request,
            },
        ),
        (
            About(model="gemini-3-pro-image", retouched=True),
            {
                "XMP-iptcExt:DigitalSourceType": SOURCE + "compositeWithTrainedAlgorithmicMedia",
                "XMP-iptcExt:AISystemUsed": "gemini-3-pro-image",
                "XMP-xmp:CreatorTool": "gemini-3-pro-image",
            },
        ),
        (
            About(alt="A person's own", retouched=True),
            {"XMP-dc:Description": "A person's own", "XMP-iptcCore:AltTextAccessibility": "A person's own"},
        ),
        (About(), {}),
        (None, {}),
    ],
    ids=["drawn", "in full", "retouched", "a person's", "nothing", "none"],
)
def test_every_format_says_whose_it_is_and_what_it_shows(
    about: About | None, said: dict[str, str], tmp_path: Path
) -> None:
    assert written(tmp_path, about) == dict.fromkeys(FORMATS, said)


@needs_exiftool
def test_exiftool_finds_no_fault_with_the_files(tmp_path: Path) -> None:
    for format in ("png", "jpeg", "webp", "avif"):
        data = encode(Image.radial_gradient("L"), format, {}, about=FULL)
        (tmp_path / f"{format}{FORMATS[format].suffix}").write_bytes(data)
    found = read(tmp_path, "-validate", "-warning", "-error")
    # A mark stands behind the pixels of a PNG, where no reader of texts has to come.
    behind = "[minor] Text/EXIF chunk(s) found after PNG IDAT (may be ignored by some readers)"
    assert found.pop("png")["ExifTool:Warning"] == behind
    assert found == {format: {"ExifTool:Validate": "OK"} for format in ("jpeg", "webp", "avif")}


@needs_exiftool
def test_what_another_tool_writes_into_a_file_makes_it_no_longer_ours(tmp_path: Path) -> None:
    for format in ("png", "jpeg", "webp", "avif"):
        data = encode(Image.radial_gradient("L"), format, {}, about=FULL)
        (tmp_path / f"{format}{FORMATS[format].suffix}").write_bytes(data)
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP-dc:Title=Theirs", tmp_path], check=True)
    assert {found["XMP-dc:Title"] for found in read(tmp_path, "-XMP:all").values()} == {"Theirs"}
    assert {marks.read_mark(file.read_bytes()) for file in tmp_path.iterdir()} == {None}


LONG = About(model="m" * 9000, alt="&" * 90_000, prompt="狐<" * 90_000, request="r" * 9000)


@needs_exiftool
def test_texts_of_any_length_are_cut_to_what_every_format_holds(tmp_path: Path) -> None:
    for found in written(tmp_path, LONG).values():
        prompt = found["XMP-iptcExt:AIPromptInformation"]
        assert LONG.prompt.startswith(prompt.removesuffix("…"))
        assert len(prompt) > 10_000
        assert found["XMP-dc:Description"].endswith("&…")


TEXT = st.text(st.characters(codec=None), max_size=40)


@given(alt=TEXT, prompt=TEXT, model=st.sampled_from(["", "m", "\x00", "<m>"]), retouched=st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_text_is_well_formed_and_short_enough(alt: str, prompt: str, model: str, retouched: bool) -> None:
    about = About(alt=alt, prompt=prompt, model=model, retouched=retouched)
    data = packet(about)
    assert data == packet(about)
    if data:
        root = ET.fromstring(data.decode().strip("\ufeff"))
        assert root.tag == "{adobe:ns:meta/}xmpmeta"
        texts = {text.strip() for text in root.itertext() if text.strip()}
        assert texts <= {*(packet_text(t) for t in (alt, prompt, model)), about.source}


def packet_text(text: str) -> str:
    """As XML can say it: no control characters, no halves of surrogate pairs, one kind of line end."""
    kept = "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
    return kept.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_the_longest_packet_fits_into_a_segment_of_a_jpeg() -> None:
    for text in ("&" * 99_999, "🦊" * 99_999, "x" * 99_999):
        about = About(model=text, alt=text, prompt=text, request=text)
        assert len(packet(about)) <= 65_502


# --- takes are copied: what the model signed stays as it is


def signed_jpeg() -> bytes:
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(file, "JPEG", quality=90)
    return with_c2pa(file.getvalue())


@pytest.mark.parametrize("name", ["take", "adopted"])
def test_a_file_that_is_its_take_keeps_what_the_model_signed_byte_for_byte(name: str) -> None:
    take = signed_jpeg()
    assert derive_all([(Derivation(name=name, inputs=("sha256:0",)), None)], take) == [take]


@needs_exiftool
def test_a_derived_file_claims_no_signature_that_it_no_longer_has(tmp_path: Path) -> None:
    (tmp_path / "take.jpg").write_bytes(signed_jpeg())
    with Image.open(tmp_path / "take.jpg") as image:
        (tmp_path / "made.jpg").write_bytes(encode(image, "jpeg", {}, about=FULL))
    found = read(tmp_path, "-JUMBF:all")
    assert found["take"]["JUMBF:JUMDLabel"] == "c2pa"
    assert found["made"] == {}
