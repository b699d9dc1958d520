"""`process` as it is written: what each step becomes, and what is told of each mistake, and where."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.spec import process, source
from pipeline.spec.palettes import Palettes
from pipeline.spec.problems import Problems
from pipeline.spec.scope import Renderer, Scope
from pipeline.spec.step_schema import step_schema
from pipeline.spec.step_sizes import Size
from pipeline.spec.step_table import ParamKind
from pipeline.spec.steps import (
    STEPS,
    Step,
    alpha_after,
    as_asked,
    as_derived,
    as_written,
    size_after,
    step,
)
from pipeline.spec.templates import Templates
from tests.spec.conftest import Write


def read(text: str, root: Path, **names: Any) -> tuple[tuple[Step, ...] | None, list[str]]:
    """The steps of a YAML text, and what is told as `line:column message | hint`."""
    problems = Problems()
    node = source.read(text, "specs/a.yaml", problems)
    if not process.check(node, problems):
        return None, told(problems)
    renderer = Renderer(root, Templates(root), problems)
    scope = Scope(names)
    return process.steps_of(node, problems, Palettes(root), lambda of: renderer.value(of, scope)), told(problems)


def told(problems: Problems) -> list[str]:
    return [f"{at.line}:{at.column} {message} | {hint}" for at, message, hint in problems.all()]


def steps_of(text: str, root: Path, **names: Any) -> list[Any]:
    steps, problems = read(text, root, **names)
    assert problems == []
    assert steps is not None
    return as_written(steps)


def test_a_step_is_a_name_or_a_name_with_its_parameters(tmp_path: Path) -> None:
    text = "[trim, {trim: 4}, {trim: {threshold: 20, padding: 4}}, {trim: }, {pad: 8}, null, {round: 50%}]"
    assert steps_of(text, tmp_path) == [
        "trim",
        {"trim": 4},
        {"trim": {"padding": 4, "threshold": 20}},
        "trim",
        {"pad": 8},
        "round",
    ]


def test_a_step_holds_all_its_parameters_sorted(tmp_path: Path) -> None:
    steps, _ = read("[{trim: 4}]", tmp_path)
    assert steps == (Step("trim", (("padding", 4), ("threshold", 8))),)
    assert steps == (step("trim", padding=4),)


def test_what_is_written_in_two_ways_is_the_same_step(tmp_path: Path) -> None:
    for one, other in [
        ('[{flatten: "#FFF"}]', "[flatten]"),
        ("[{flatten: white}]", "[flatten]"),
        ("[{cutout: lime}]", '[{cutout: {key: "#00ff00", tolerance: 8.0}}]'),
        ("[{crop: '1200:630'}]", "[{crop: {ratio: '40:21'}}]"),
        ("[{crop: {box: [10 %, 0, 50.0%, 100%]}}]", "[{crop: {box: [10%, 0, 50%, 100%]}}]"),
        ('[{recolour: {"#f00": "blue"}}]', '[{recolour: {map: {red: "#0000ff"}}}]'),
    ]:
        assert read(one, tmp_path)[0] == read(other, tmp_path)[0], one
        assert read(one, tmp_path)[0], one


def test_templates_may_stand_anywhere(tmp_path: Path) -> None:
    assert steps_of(
        '["{{ how }}", {trim: "{{ wide }}"}, {pad: {all: "{{ wide }}"}}]', tmp_path, how="round", wide=3
    ) == [
        "round",
        {"trim": 3},
        {"pad": 3},
    ]
    assert steps_of('"{{ all }}"', tmp_path, all=["trim", {"crop": {"ratio": "4:3"}}]) == ["trim", {"crop": "4:3"}]
    assert steps_of('[{crop: {box: [0, 0, "{{ wide }}", 9]}}]', tmp_path, wide=3) == [{"crop": {"box": [0, 0, 3, 9]}}]
    assert steps_of('[{trim: {padding: "{{ none }}"}}]', tmp_path, none=None) == ["trim"]


def test_a_wrong_value_of_a_template_is_told_at_the_template(tmp_path: Path) -> None:
    _, problems = read('[{trim: {padding: "{{ wide }}"}}]', tmp_path, wide="ten")
    assert problems == ["1:19 `padding` is a whole number, not a text | "]


WRONG = [
    (
        "trim",
        "1:1 `process` is a list of steps, not a text | "
        "put it in brackets, or each step on a line of its own behind a `-`",
    ),
    ("[trimm]", "1:2 there is no step `trimm` | did you mean `trim`?"),
    ("[recolor: {hue: 9}]", "1:2 there is no step `recolor` | did you mean `recolour`?"),
    ("[flip]", "1:2 there is no step `flip` | did you mean `mirror`?"),
    ("[rotate]", "1:2 there is no step `rotate` | say in the prompt how it should lie"),
    ("[xyzzy]", f"1:2 there is no step `xyzzy` | the steps are {', '.join(STEPS)}"),
    ("[3]", "1:2 a step is a name, or a mapping with one, not a number | such as - trim, or - trim: {padding: 4}"),
    ("[{trim: 1, pad: 2}]", "1:2 a step has one name, this one has 2 | such as - trim, or - trim: {padding: 4}"),
    ("[{trim: {pading: 3}}]", "1:10 `trim` has no `pading` | did you mean `padding`?"),
    ("[{trim: {a: 3}}]", "1:10 `trim` has no `a` | it has `padding`, `threshold`"),
    ("[{flatten: {colour: red}}]", "1:13 `flatten` has no `colour` | did you mean `color`?"),
    ("[{trim: many}]", "1:9 `padding` is a whole number, not a text | "),
    ("[{trim: -1}]", "1:9 `padding` is from 0 to 16384, not -1 | "),
    ("[{trim: {threshold: 255}}]", "1:21 `threshold` is from 0 to 254, not 255 | "),
    ("[{cutout: {holes: yes}}]", "1:19 `holes` is true or false, not `yes` | write true, without quotes"),
    ("[{cutout: greeen}]", "1:11 `greeen` is no color | did you mean `green`?"),
    (
        "[{cutout: 112233}]",
        '1:11 `key` is a color such as "#1e90ff", or auto, not a number | '
        'put it in quotes, with a `#` before it: "#112233"',
    ),
    (
        "[{cutout: {tolerance: 5%}}]",
        "1:23 `tolerance` is a number, not a text | write 5, without quotes and without `%`",
    ),
    ("[{cutout: {tolerance: 101}}]", "1:23 `tolerance` is from 0 to 100, not 101 | "),
    ("[{cutout: {tolerance: .nan}}]", "1:23 `tolerance` is from 0 to 100, not nan | "),
    ("[pad]", "1:2 `pad` does not say how much | such as {pad: 8}, {pad: {x: 10}} or {pad: {ratio: 1:1}}"),
    ("[{crop: 16x9}]", "1:9 `ratio` is a ratio such as 16:9, not `16x9` | write 16:9"),
    ("[{crop: 1.5}]", "1:9 `ratio` is a ratio such as 16:9, not a number | write 1.5:1"),
    ("[{crop: 1:0}]", "1:9 `ratio` is from 1:100 to 100:1, not 1:0 | "),
    ("[crop]", "1:2 `crop` does not say what to keep | give `ratio`, or `width` and `height`, or `box`"),
    (
        "[{crop: {ratio: 1:1, width: 3}}]",
        "1:3 `crop` says in two ways what to keep | give `ratio`, or `width` and `height`, or `box`",
    ),
    (
        "[{crop: {box: [1, 2, 3]}}]",
        "1:15 `box` is a list of left, top, width and height, not 3 of them | such as [10%, 10%, 80%, 80%]",
    ),
    ("[{crop: {box: [0, 0, 0%, 9]}}]", "1:15 the width of the box is 0 | nothing would be left"),
    ("[{crop: {ratio: 1:1, gravity: centre}}]", "1:31 `gravity` cannot be `centre` | did you mean `center`?"),
    ("[resize]", "1:2 `resize` does not say to what size | give `width`, `height`, or both"),
    (
        "[{resize: {width: 64, fit: cover}}]",
        "1:3 `fit: cover` needs `width` and `height` | give both; with one of them the ratio is kept",
    ),
    ("[{resize: {width: 64, fit: fill}}]", "1:28 `fit` cannot be `fill` | did you mean `stretch`?"),
    (
        "[palette]",
        "1:2 `palette` needs `colors`: how many, or which | such as {palette: palettes/pico-8.hex}",
    ),
    ("[{palette: 1}]", "1:12 `colors` are from 2 to 256, not 1 | "),
    ('[{palette: ["#f00", nored]}]', "1:21 `nored` is no color | did you mean `red`?"),
    ('[{palette: ["#f008"]}]', "1:13 `#ff000088` is not opaque | how transparent a pixel is stays as it is"),
    (
        "[{palette: red}]",
        "1:12 `colors` is a number of colors, a list of colors, or a .hex, .gpl or .png file below `specs/`, "
        'not `red` | put it in brackets: ["red", ...]',
    ),
    ("[{palette: a.hex}]", "1:12 there is no file specs/a.hex | paths are from `specs/`, with `/` the root"),
    ("[{palette: ../a.hex}]", "1:12 `../a.hex` is not a path inside the project | give a path from the project's root"),
    ("[recolour]", '1:2 `recolour` does not say what to change | such as {map: {"#ff0000": "#0000ff"}} or {hue: 120}'),
    (
        "[{recolour: {map: [red]}}]",
        '1:19 `map` is a mapping of colors to colors, not a list | such as {"#ff0000": "#0000ff"}',
    ),
    ('[{recolour: {red: lime, "#f00": blue}}]', "1:13 the color `#ff0000` is replaced twice | let one of them stay"),
    (
        "[{round: 12px}]",
        "1:10 `radius` is a number of pixels, or a share such as 10%, not `12px` | write 12, without quotes",
    ),
    ("[{round: 101%}]", "1:10 `radius` is at most 100%, not 101% | "),
    ("[{mirror: x}]", "1:11 `axis` cannot be `x` | did you mean `horizontal`?"),
    ("[{flatten: transparent}]", "1:3 `flatten` needs an opaque color | leave the last two digits away"),
    ("[{convert: cmyk}]", "1:12 `to` cannot be `cmyk` | one of srgb, gray"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text for text, _ in WRONG])
def test_each_mistake_is_told_where_it_stands(text: str, message: str, tmp_path: Path) -> None:
    assert read(text, tmp_path) == (None, [message])


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    _, problems = read("- trimm\n- pad: {all: x, colour: red}\n- {flatten: nocolor}\n", tmp_path)
    assert [problem.split(" ")[0] for problem in problems] == ["1:3", "2:14", "2:17", "3:13"]


# --- files of colors ------------------------------------------------------------------------------------------------


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, kind: int, rows: bytes, table: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    palette = chunk(b"PLTE", table) if table else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + palette + chunk(b"IDAT", zlib.compress(rows))


RED, BLUE = b"\xff\x00\x00", b"\x00\x00\xff"

FILES = {
    "hex": b"; two\nff0000\n\n#0000FF\r\n",
    "gpl": b"GIMP Palette\nName: two\nColumns: 2\n#\n255   0   0\tred\n  0 0 255\n",
    "png": png(2, 1, 2, b"\x00" + RED + BLUE),
    "PNG": png(2, 2, 6, b"\x01" + RED + b"\xff" + b"\x01\x00\xff\x00" + b"\x02" + bytes(8)),
}


@pytest.mark.parametrize("suffix", FILES)
def test_a_palette_may_be_a_file(suffix: str, write: Write) -> None:
    root = write({f"specs/two.{suffix}": FILES[suffix]})
    steps, problems = read(f"[{{palette: two.{suffix}}}]", root)
    assert problems == []
    assert steps is not None
    assert steps[0].given["colors"] == ("#ff0000", "#0000ff") if suffix != "PNG" else ("#ff0000", "#0000fe")


def test_an_indexed_picture_is_its_table(write: Write) -> None:
    root = write({"specs/two.png": png(1, 1, 3, b"\x00\x00", RED + BLUE)})
    assert steps_of("[{palette: two.png}]", root) == [{"palette": ["#ff0000", "#0000ff"]}]


@pytest.mark.parametrize(("filter", "row"), [(1, b"\x01\x01"), (3, b"\x01\x01"), (4, b"\x01\x00")])
def test_rows_that_are_differences_are_added_up(filter: int, row: bytes, write: Write) -> None:
    """Gray pixels under a row of 1 and 1: from the left, from the mean of left and above, from the nearest."""
    root = write({"specs/gray.png": png(2, 2, 0, b"\x00\x01\x01" + bytes([filter]) + row)})
    second = {1: [1, 2], 3: [1, 2], 4: [2, 2]}[filter]
    wanted = dict.fromkeys("#" + bytes([value] * 3).hex() for value in [1, 1, *second])
    assert steps_of("[{palette: gray.png}]", root) == [{"palette": list(wanted)}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.hex", b"ff0000\nred\n", "specs/a.hex has no color on line 2 | each line is six digits, such as 1e90ff"),
        ("a.hex", b"", "specs/a.hex has 0 colors | a palette has from 1 to 256"),
        ("a.gpl", b"255 0 0\n", "specs/a.gpl is no GIMP palette | its first line is `GIMP Palette`"),
        (
            "a.gpl",
            b"GIMP Palette\n1 2\n",
            "specs/a.gpl has no color on line 2 | a line is red, green and blue: 30 144 255",
        ),
        ("a.png", b"JFIF", "specs/a.png is no PNG picture | "),
        ("a.png", FILES["png"][:40], "specs/a.png is a damaged PNG picture | "),
        (
            "a.png",
            png(900, 900, 2, b""),
            "specs/a.png has 900 x 900 pixels | a palette is a small picture: a pixel for each color",
        ),
    ],
)
def test_a_file_that_is_no_palette_is_told(name: str, content: bytes, message: str, write: Write) -> None:
    root = write({f"specs/{name}": content})
    assert read(f"[{{palette: {name}}}]", root) == (None, [f"1:12 {message}"])


def test_a_file_of_another_name_that_is_meant_is_told(write: Write) -> None:
    root = write({"specs/palettes/pico-8.hex": b"ff0000\n"})
    _, problems = read("[{palette: palettes/pico8.hex}]", root)
    assert problems == ["1:12 there is no file specs/palettes/pico8.hex | did you mean `palettes/pico-8.hex`?"]


# --- the table ------------------------------------------------------------------------------------------------------


def test_every_default_is_a_value_that_a_spec_could_give(tmp_path: Path) -> None:
    for kind in STEPS.values():
        for param in kind.params:
            if param.default is None or param.default == ():
                continue
            text = json.dumps([{kind.name: {param.name: param.default}}])
            steps, problems = read(text, tmp_path)
            if steps is not None:
                assert steps[0].given[param.name] == param.default, (kind.name, param.name)
            else:  # a step that does nothing
                assert all("does not say" in problem or "needs" in problem for problem in problems), problems


def test_every_example_is_a_step_and_short_as_can_be(write: Write) -> None:
    root = write({"specs/palettes/pico-8.hex": b"ff0000\n"})
    for kind in STEPS.values():
        written = steps_of(json.dumps([kind.example]), root)
        assert [next(iter(step)) if isinstance(step, dict) else step for step in written] == [kind.name]
        assert steps_of(json.dumps(written), root) == written


def test_the_short_parameter_is_one_of_the_step() -> None:
    for kind in STEPS.values():
        assert not kind.short or kind.short in kind.named
        for param in kind.params:
            assert bool(param.choices) or param.kind is not ParamKind.CHOICE


def test_keys_of_derivations_have_versions_and_those_of_requests_do_not(tmp_path: Path) -> None:
    steps, _ = read("[trim, {resize: {width: 64, filter: lanczos}}]", tmp_path)
    assert steps is not None
    assert as_derived(steps)[0] == ["trim", 1, {"padding": 0, "threshold": 8}]
    assert as_asked(steps) == ({"trim": {}}, {"resize": {"width": 64}})
    json.dumps([as_derived(steps), as_asked(steps)])


SIZES = [
    ("[trim]", (100, 50), Size(100, 50, exact=False)),
    ("[{trim: 4}]", (100, 50), Size(108, 58, exact=False)),
    ("[{pad: {all: 1, x: 2, left: 3}}]", (100, 50), Size(105, 52)),
    ("[{pad: {ratio: 1:1}}]", (100, 50), Size(100, 100)),
    ("[{crop: 1:1}]", (100, 50), Size(50, 50)),
    ("[{crop: 16:9}]", (1024, 1024), Size(1024, 576)),
    ("[{crop: {box: [10%, 10%, 200, 50%]}}]", (100, 50), Size(90, 25)),
    ("[{crop: {width: 60, height: 60}}]", (100, 50), Size(60, 50)),
    ("[{resize: 50}]", (100, 50), Size(50, 25)),
    ("[{resize: 960}]", (3168, 1344), Size(960, 407)),
    ("[{resize: {height: 600}}]", (896, 1200), Size(448, 600)),
    ("[{resize: {height: 407}}]", (3168, 1344), Size(959, 407)),
    ("[{resize: {height: 100}}]", (100, 50), Size(100, 50)),
    ("[{resize: {height: 100, enlarge: true}}]", (100, 50), Size(200, 100)),
    ("[{resize: {width: 40, height: 40}}]", (100, 50), Size(40, 20)),
    ("[{resize: {width: 40, height: 40, fit: contain}}]", (100, 50), Size(40, 40)),
    ("[{resize: {width: 40, height: 40, fit: cover}}]", (100, 50), Size(40, 40)),
    ("[{resize: {width: 400, height: 400, fit: cover}}]", (100, 50), Size(50, 50)),
    ("[{resize: {width: 400, height: 10, fit: stretch}}]", (100, 50), Size(100, 10)),
    ("[trim, {resize: {width: 40, height: 40, fit: contain}}]", (100, 50), Size(40, 40)),
    ("[trim, {resize: {width: 40, height: 40, fit: cover, enlarge: true}}]", (100, 50), Size(40, 40)),
    ("[pixelate]", (100, 50), Size(100, 50, exact=False)),
    ("[{pixelate: 20}]", (100, 50), Size(20, 10)),
    ("[{tile: 10%}]", (100, 50), Size(90, 45)),
]


@pytest.mark.parametrize(("text", "before", "after"), SIZES, ids=[text for text, *_ in SIZES])
def test_the_size_that_steps_make_is_known_before(
    text: str, before: tuple[int, int], after: Size, tmp_path: Path
) -> None:
    steps, _ = read(text, tmp_path)
    assert steps is not None
    assert size_after(steps, Size(*before)) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("[cutout]", True),
        ("[cutout, flatten]", False),
        ("[trim]", False),
        ("[{trim: 2}]", True),
        ("[{pad: 2}]", True),
        ("[{pad: {all: 2, color: white}}]", False),
        ("[{resize: {width: 9, height: 9}}]", False),
        ("[{resize: {width: 9, height: 9, fit: contain}}]", True),
        ("[flatten, round]", True),
    ],
)
def test_whether_a_picture_becomes_transparent_is_known_before(text: str, after: bool, tmp_path: Path) -> None:
    steps, _ = read(text, tmp_path)
    assert steps is not None
    assert alpha_after(steps) is after


@pytest.mark.parametrize(
    ("step", "good"),
    [
        ("trim", True),
        ({"trim": 4}, True),
        ({"trim": None}, True),
        ({"trim": {"padding": "{{ wide }}"}}, True),
        ({"palette": ["#fff"]}, True),
        ({"recolour": {"#fff": "red"}}, True),
        ({"recolour": {"map": {"#fff": "red"}}}, True),
        ({"trim": {"pading": 4}}, False),
        ({"trim": 4, "pad": 4}, False),
        ("trimm", False),
        ({"palette": {"dither": True}}, False),
    ],
)
def test_editors_know_the_steps(step: Any, good: bool) -> None:
    assert jsonschema.Draft202012Validator(step_schema()).is_valid(step) is good
