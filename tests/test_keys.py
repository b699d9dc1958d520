"""What moves a request's key, and what does not. The golden keys are for ever: people have paid under them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.digest import Digest, canonical_json, of_bytes
from pipeline.words import Attachment, Derivation, Request

KNIGHT = Request(model="gemini-3-pro-image", prompt="A knight in the rain.")
A, B = of_bytes(b"a"), of_bytes(b"b")

GOLDEN_PREIMAGES = [
    (KNIGHT, b'{"model":"gemini-3-pro-image","prompt":"A knight in the rain."}'),
    (
        Request(
            model="gemini-3-pro-image-preview",
            prompt="  A\n knight\tin  the rain. ",
            aspect_ratio="16:9",
            image_size="4K",
            seed=7,
            system_instruction=" Draw  plainly.\n",
            references=(Attachment(digest=A, role="the  style"), Attachment(digest=B)),
            reference_limit=1024,
        ),
        b'{"aspect_ratio":"16:9","image_size":"4K","model":"gemini-3-pro-image","prompt":"A knight in the rain.",'
        b'"reference_limit":1024,"references":[{"digest":"'
        + A.encode()
        + b'","role":"the style"},{"digest":"'
        + B.encode()
        + b'"}],"seed":7,"system_instruction":"Draw plainly."}',
    ),
    (
        Request(generator="studio", model="house", prompt="Zoë", previous=A),
        b'{"generator":"studio","model":"house","previous":"' + A.encode() + '","prompt":"Zoë"}'.encode(),
    ),
]
GOLDEN_KEYS = [
    "sha256:0ba7a6cf059ebfe442d72150e2f5000fc02298f31176083a06238abcd683ca60",
    "sha256:0b287e6a6c128e6f11a6234716274e17ea0549c3fc07e95d06c522ff691b256f",
    "sha256:97a2c1896dd3e9c9354ef8291668af2552a76536817a82cab844e596436fe7be",
]


@pytest.mark.parametrize(("case", "key"), list(zip(GOLDEN_PREIMAGES, GOLDEN_KEYS, strict=True)))
def test_keys_of_the_first_release_stay_what_they_are(case: tuple[Request, bytes], key: str) -> None:
    request, preimage = case
    assert canonical_json(request.preimage) == preimage
    assert request.key == key


blanks = st.text(alphabet=" \t\n\r", max_size=4)
words = st.lists(st.text(alphabet="abcdéö.,", min_size=1, max_size=8), min_size=1, max_size=8)


@given(words, st.data())
def test_layout_of_the_text_is_not_in_the_key(parts: list[str], data: st.DataObject) -> None:
    def laid_out() -> str:
        gaps = [data.draw(st.text(alphabet=" \t\n", min_size=1, max_size=3)) for _ in parts]
        return data.draw(blanks) + "".join(p + g for p, g in zip(parts, gaps, strict=True))

    first, second = laid_out(), laid_out()
    assert Request(model="m", prompt=first).key == Request(model="m", prompt=second).key


@given(words, words)
def test_another_text_is_another_key(one: list[str], other: list[str]) -> None:
    same = " ".join(one) == " ".join(other)
    keys = {Request(model="m", prompt=" ".join(text)).key for text in (one, other)}
    assert (len(keys) == 1) is same


def test_composed_and_decomposed_letters_are_one_text() -> None:
    assert Request(model="m", prompt="Zo\u00eb").key == Request(model="m", prompt="Zoe\u0308").key


CHANGES = {
    "model": {"model": "gemini-nano-banana-2.1"},
    "prompt": {"prompt": "A knight in the sun."},
    "case": {"prompt": "a knight in the rain."},
    "aspect_ratio": {"aspect_ratio": "16:9"},
    "image_size": {"image_size": "2K"},
    "seed": {"seed": 0},
    "system_instruction": {"system_instruction": "Draw plainly."},
    "generator": {"generator": "studio"},
    "reference": {"references": (Attachment(digest=A),)},
    "another reference": {"references": (Attachment(digest=B),)},
    "role": {"references": (Attachment(digest=A, role="the style"),)},
    "order": {"references": (Attachment(digest=A), Attachment(digest=B))},
    "order turned": {"references": (Attachment(digest=B), Attachment(digest=A))},
    "limit": {"references": (Attachment(digest=A),), "reference_limit": 512},
    "steps": {"references": (Attachment(digest=A, steps=({"trim": {}},)),)},
    "previous": {"previous": A},
}


def test_each_field_is_in_the_key() -> None:
    base = {"model": "gemini-3-pro-image", "prompt": "A knight in the rain."}
    keys = {name: Request(**{**base, **change}).key for name, change in CHANGES.items()}  # type: ignore[arg-type]
    assert KNIGHT.key not in keys.values()
    assert len(set(keys.values())) == len(keys)


def test_a_default_spelled_out_is_the_same_request() -> None:
    spelled = Request(
        generator="gemini",
        model="gemini-3-pro-image",
        prompt="A knight in the rain.",
        aspect_ratio="1:1",
        image_size="1K",
        reference_limit=512,  # without a reference there is nothing to shrink
    )
    assert spelled.key == KNIGHT.key
    assert Digest(KNIGHT.key).startswith("sha256:")


@pytest.mark.parametrize(
    ("derivation", "golden"),
    [
        (Derivation(name="take", inputs=(A,)), {"name": "take", "version": 1, "params": {}, "inputs": [A]}),
        (Derivation(name="x", version=3), {"name": "x", "version": 3, "params": {}, "inputs": []}),
        (Derivation(name="x", inputs=(A, B)), {"name": "x", "version": 1, "params": {}, "inputs": [A, B]}),
        (
            Derivation(name="encode", params={"format": "png"}, inputs=(A,)),
            {"name": "encode", "version": 1, "params": {"format": "png"}, "inputs": [A]},
        ),
    ],
)
def test_a_derivation_has_the_digest_of_its_canonical_json(derivation: Derivation, golden: dict[str, object]) -> None:
    assert derivation.key == of_bytes(canonical_json(golden))
