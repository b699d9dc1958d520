"""Whatever people write, they get a sentence and never a traceback."""

from __future__ import annotations

import os
import random
import re
import tempfile
from pathlib import Path

import pytest

from pipeline.errors import SpecErrors, UsageError
from pipeline.plan.prompts import read_project
from pipeline.spec.show import show_problem
from tests.spec.conftest import Write

GOLDEN = Path(__file__).parent.parent / "golden" / "errors"

KEYS = [
    ("promt: x", "did you mean `prompt`"),
    ("prompt: 12", "is a text, not a number"),
    ("prompt: true", "not true or false"),
    ("prompt: [x]", "not a list"),
    ("prompt: {x: y}", "not a mapping"),
    ("prompt: ''", "empty"),
    ("prompt: '  '", "empty"),
    ("prompt:", "has no prompt"),
    ("alt: x", "has no prompt"),
    ("image_size: 2k", "did you mean `2K`"),
    ("image_size: 2048x2048", "did you mean `2K`"),
    ("image_size: 8K", "it draws 1K, 2K, 4K"),
    ("image_size: true", "is a text"),
    ("aspect_ratio: 16x9", "did you mean `16:9`"),
    ("aspect_ratio: 32/18", "did you mean `16:9`"),
    ("aspect_ratio: portrait", "did you mean `9:16`"),
    ("aspect_ratio: 1.5", "is a text"),
    ("aspect_ratio: ''", "is empty"),
    ("model: ''", "is empty"),
    ("model: [a]", "is a text"),
    ("model: models/gemini-3-pro-image", "write `gemini-3-pro-image`"),
    ("model: Gemini 3", "no model's id"),
    ("alt: Number #1 fan", "`#1` and all behind it is a comment"),
    ("alt: x #no", "put the whole text in quotes"),
    ('system_instruction: "a\\0b"', "U+0000"),
    ("seed: x", "is a whole number"),
    ("seed: 1.5", "not 1.5"),
    ("seed: -1", "is from 0"),
    ("seed: 99999999999", "is from 0"),
    ("seed: '{{ id }}'", "is a whole number"),
    ("approve: on", "write true, without quotes"),
    ("protect: 1", "is true or false"),
    ("approve: '{{ id }}'", "is true or false"),
    ("tags: a", "put it in brackets"),
    ("tags: [1]", "each of the `tags`"),
    ("tags: ['']", "empty text"),
    ("tags: '{{ 1 }}'", "each of the `tags`"),
    ("after: [asset]", "cannot come after itself"),
    ("after: [nothing]", "there is no asset `nothing`"),
    ("after: {a: b}", "is a list"),
    ("references: x.png", "put it in brackets"),
    ("references: [x.png]", "there is no file specs/x.png"),
    ("references: [/etc/passwd]", "copy the picture below `specs/`"),
    ("references: ['https://a.b/c.png']", "download the picture"),
    ("references: ['']", "is empty"),
    ("references: [{as: x}]", "without `ref`"),
    ("references: [{ref: a, file: yes}]", "write true"),
    ("references: [[a]]", "is a text"),
    ("references: ['{{ nowhere }}']", "`nowhere` is not defined"),
    ("references: '{{ 3 }}'", "is a list"),
    ("format: svg", "pixels"),
    ("format: gif", "256"),
    ("format: JPEG", "did you mean `jpeg`"),
    ("output: ../x", "leads out"),
    ("output: /tmp", "not inside the project"),
    ("output: C:/x", "not inside the project"),
    ("output: .pipeline/x", "nothing is built"),
    ("output: Specs", "nothing is built"),
    ("output: ab:c", "not every system"),
    ("name: x.webp", "has the ending"),
    ("name: ../x", "leads out"),
    ("name: aux", "device"),
    ("name: 'x '", ""),
    ("name: x /y", "begins or ends with a blank"),
    ("name: x.", "ends with a dot"),
    ("name: " + "x" * 200, "more than"),
    ("was: asset", "has that id still"),
    ("was: a b", "is no id"),
    ("id: /b", "write `b`"),
    ("id: 01", "is a text, not a number"),
    ("id: ''", "is empty"),
    ("id: a b", "is no id"),
    ("id: '{{ nowhere }}'", "`nowhere` is not defined"),
    ("id: " + "x" * 121, "longer than 120"),
    ("vars: [a]", "is a mapping of names"),
    ("vars: {a-b: 1}", "did you mean `a_b`"),
    ("vars: {id: 1}", "templates have already"),
    ("vars: {a: '{{ b }}'}", "`b` is not defined"),
    ("overrides: {x: {seed: 1}}", "matches no asset"),
    ("overrides: {asset: {id: y}}", "it belongs in an asset"),
    ("overrides: [a]", "is a mapping of id patterns"),
    ("overrides: {asset: 3}", "is a mapping of keys"),
    ("for_each: 3", "is a mapping with `rows`"),
    ("for_each: {rows: 3}", "is a list, or the path"),
    ("for_each: {where: x}", "without rows and axes"),
    ("for_each: {rows: [{a: 1}], where: row.a =}", "`==` compares"),
    ("for_each: {rows: [{a: 1}], where: row.a ==}", "ends too early"),
    ("for_each: {rows: [{a: 1}], as: e, e: [x]}", "name one of them otherwise"),
    ("for_each: {rows: [{a: 1}], row: [x]}", "name the row by `as: e`"),
    ("for_each: {rows: a.json}", "paths are from `specs/`"),
    ("for_each: {wher: id == 'x'}", "did you mean `where`"),
    ("for_each: {tier: iron}", "put it in brackets: tier: [iron]"),
    ("prefix: x", "it belongs in a spec"),
    ("budget: {}", "it belongs in pipeline.yaml"),
]

PROMPTS = [
    ("{{ nowhere }}", "`nowhere` is not defined"),
    ("{{ id.nowhere }}", "a text has no `nowhere`"),
    ("{{ {'name': 1}.nam }}", "did you mean `name`"),
    ("{{ [1][5] }}", "no item 5 in a list of 1"),
    ("{{ id|nowhere }}", "there is no filter"),
    ("{{ id is nowhere }}", "there is no test `nowhere`"),
    ("{{ none }}", "is null"),
    ("{{ id ~ none }}", "is null"),
    ("{{ [1]|map('string') }}", "a sequence"),
    ("{{ range }}", "a function"),
    ("{{ 1 / 0 }}", "division by zero"),
    ("{{ 'a' + 1 }}", "`+` cannot add a number to a text"),
    ("{{ 1 < 'a' }}", "`<` cannot compare a number with a text"),
    ("{{ none() }}", "null is called"),
    ("{{ 3|length }}", "a number has no length"),
    ("{{ id|int(1, 2, 3, 4) }}", "`int` does not take"),
    ("{% if id = 'a' %}x{% endif %}", "`==` compares"),
    ("{% if id %}{% endfor %}", "`{% if %}` is still open"),
    ("{% for x in 3 %}{% endfor %}", "no list"),
    ("{# open", "`#}` is missing"),
    ("{{ " + "9" * 5000 + " }}", "too many digits"),
    ("{{ id() }}", "a text is called"),
    ("{{ id", "`}}` is missing"),
    ("{% if id %}x", "`{% endif %}` is missing"),
    ("{% endfor %}", "not a template"),
    ("{% nope %}", "there is no tag `nope`"),
    ("{% include 'x.j2' %}", "there is no partial"),
    ("{% include '../pipeline.yaml' %}", "without `..`"),
    ("{% include '/etc/passwd' %}", "without `..`"),
    ("{% include id %}", "there is no partial"),
    ("{% include ['x', 'y'] %}", "`specs/x` or `specs/y`"),
    ("{% from 'm.j2' import n %}{{ n() }}", "there is no `n` in specs/m.j2"),
    ("{% include 'folder' %}", "specs/folder is a folder"),
    ("{% include 'torn.j2' %}", "merge conflict in line 2"),
    ("{% include 'latin.j2' %}", "not UTF-8"),
    ("{% include 'loop.j2' %}", "without end"),
    ("{{ ref() }}", "takes an id or a path"),
    ("{{ ref(1) }}", "this is a number"),
    ("{{ ref('') }}", "this is empty"),
    ("{{ ref('asset') }}", "cannot refer to itself"),
    ("{{ ref('nowhere') }}", "there is no asset and no file"),
    ("{{ ref('nowhere.png') }}", "there is no file specs/nowhere.png"),
    ("{{ ref('../x.png') }}", "leads out"),
    ("{{ ref('/etc/x.png') }}", "there is no file etc/x.png"),
    ("{{ ref('m.j2') }}", "is not a picture"),
    ("{{ ref('lfs.png') }}", "Git LFS pointer"),
    ("{{ ref('void.png') }}", "is empty"),
    ("{{ ref('folder') }}", "is a folder"),
    ("{{ ref('link.png') }}", "leads out"),
    ("{{ ref('other', 'a') ~ ref('other', 'b') }}", "two roles"),
    ("{{ ref('other', 1) }}", "the role"),
    ("{{ ref('other', file=1) }}", "true or false"),
    ("{{ ref('other', rle='x') }}", "takes an id or a path"),
    ("{{ ref('\x7f') }}", ""),
    ("{{ 'x' * 60000 }}", "more than 50,000"),
    ("{{ 'x' * 10 ** 9 }}", "more than 200,000"),
    ("{{ [1] * 10 ** 9 }}", "more than 50,000"),
    ("{{ 10 ** 10 ** 9 }}", ""),
    ("{{ 2 ** (10 ** 9) }}", "bits"),
    ("{{ range(10 ** 9)|list }}", "a range"),
    ("{{ 'x'.ljust(10 ** 9) }}", "a width"),
    ("{{ 'x'.format(1) }}", "cannot do this"),
    ("{{ '%999999999d' % 1 }}", "a format"),
    ("{{ id|replace('', 'x' * 100000) }}", "more than 200,000"),
    ("{{ ''.__class__ }}", "cannot do this"),
    ("{{ ref.__globals__ }}", "cannot do this"),
    ("{{ id|map(attribute='__class__')|list }}", "cannot do this"),
    ("{{ cycler.__init__ }}", "cannot do this"),
    ("{{ self.__init__ }}", "cannot do this"),
    ("{{ [].append(1) }}", "cannot do this"),
    ("{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}", "steps"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "without end"),
    ("{{ " + "(" * 400 + "1" + ")" * 400 + " }}", "nested too deeply"),
    ("{{ id|random }}", "there is no filter"),
    ("{{ lipsum() }}", "is not defined"),
    ("{{ now() }}", "is not defined"),
]


@pytest.mark.parametrize(("key", "words"), KEYS, ids=[key for key, _ in KEYS])
def test_a_wrong_key_is_told(write: Write, key: str, words: str) -> None:
    prompt = "" if key.startswith("prompt:") or key in ("alt: x", "promt: x") else "    prompt: x\n"
    spec = f"assets:\n  asset:\n{prompt}    {key}\n"
    if key == "name: 'x '":  # blanks at the ends are nobody's wish
        assert len(read_project(write(spec=spec))[0].assets) == 1
        return
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec=spec))
    (problem,) = caught.value.problems
    assert words in f"{problem.message} = {problem.hint}"
    assert problem.origin.file == "specs/a.yaml"


@pytest.mark.parametrize(("prompt", "words"), PROMPTS, ids=[prompt[:40] for prompt, _ in PROMPTS])
def test_a_wrong_prompt_is_told_at_its_line(write: Write, prompt: str, words: str) -> None:
    partials: dict[str, str | bytes] = {
        "specs/m.j2": "{% macro m() %}{% endmacro %}",
        "specs/torn.j2": "a\n<<<<<<< HEAD\n",
        "specs/latin.j2": b"caf\xe9",
        "specs/loop.j2": "{% include 'loop.j2' %}",
        "specs/lfs.png": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
        "specs/void.png": b"",
        "specs/folder/x": b"",
    }
    spec = "assets:\n  other: {prompt: y}\n  asset:\n    prompt: |\n      A fox,\n      " + prompt + "\n"
    root = write(partials, spec.replace("\x7f", "\\x7f"))
    (root / "specs" / "link.png").symlink_to("/etc/hostname")
    if prompt == "{{ 10 ** 10 ** 9 }}":  # (10 ** 10) ** 9 to Jinja
        assert read_project(root)[1]["asset"].prompt.endswith("0" * 90)  # type: ignore[index]
        return
    with pytest.raises(SpecErrors) as caught:
        read_project(root)
    (problem,) = caught.value.problems
    assert words in f"{problem.message} = {problem.hint}"
    lines = (4, 5) if "400" in prompt or len(prompt) > 400 or "60000" in prompt else (6,)
    assert problem.origin.line in lines or problem.origin.file == "specs/loop.j2"
    assert "^" in show_problem(problem, root)


SETTINGS = [
    ("jobs: 0", "is from 1"),
    ("jobs: many", "is a whole number"),
    ("retry_lost: -1", "is from 0"),
    ("reference_limit: 1", "is from 64"),
    ("budget: 5", "is a mapping"),
    ("budget: {per_build: five}", "a plain number"),
    ("budget: {per_build: -1}", "is from 0"),
    ("budget: {per_build: .inf}", "is from 0"),
    ("budget: {perbuild: 1}", "did you mean `per_build`"),
    ("remote: s3://bucket", "a remote is a folder"),
    ("remote: me@host:takes", "a remote is a folder"),
    ("remote: .git/x", "cannot be the remote"),
    ("remote: ''", "is empty"),
    ("remote: .", "the project itself"),
    ("remote: ../../", "the project is inside it"),
    ("remote: /", "the project is inside it"),
    ("remote: output/takes", "inside `output/`"),
    ("{defaults: {output: art}, remote: ./art/}", "it is `art/`"),
    ("generator: a b", "no generator's name"),
    ("api_version: beta", "no version"),
    ("api_version: v1gamma", "no version"),
    ("profiles: [draft]", "is a mapping"),
    ("profiles: {a b: {}}", "no name for a profile"),
    ("profiles: {a: {}, A: {}}", "differ only in case"),
    ("profiles: {a: {id: x}}", "it belongs in an asset"),
    ("models: {x: {sizes: [3K]}}", "3K"),
    ("models: {gemini-3-pro-image: {nothing: 1}}", "nothing"),
    ("models: {Models/x: {like: gemini-3-pro-image}}", "no model's id"),
    ("defaults: {prefix: x}", "it belongs in a spec"),
    ("assets: {}", "it belongs in a spec"),
    ("api_key: x", "GEMINI_API_KEY"),
    ("vars: x", "is a mapping"),
    ("- a", "is a mapping of keys"),
    ("x", "is a mapping of keys"),
]


@pytest.mark.parametrize(("text", "words"), SETTINGS, ids=[text for text, _ in SETTINGS])
def test_wrong_settings_are_told(write: Write, text: str, words: str) -> None:
    with pytest.raises(SpecErrors) as caught:
        read_project(write({"pipeline.yaml": text + "\n"}, "assets:\n  fox: {prompt: x}\n"))
    (problem,) = caught.value.problems
    assert words in f"{problem.message} = {problem.hint}"
    assert problem.origin.file == "pipeline.yaml"


def test_no_project_and_no_profile_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no project"):
        read_project(tmp_path)
    (tmp_path / "specs").mkdir()
    with pytest.raises(UsageError, match="no profile"):
        read_project(tmp_path, "draft")


def test_pipeline_yml_is_not_overlooked(write: Write) -> None:
    with pytest.raises(SpecErrors) as caught:
        read_project(write({"pipeline.yml": "jobs: 3\n"}))
    assert caught.value.problems[0].hint == "call it pipeline.yaml"


def test_symlinks_do_not_lead_out_of_the_project(write: Write, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "b.yaml").write_text("assets: {b: {prompt: x}}\n")
    (outside / "p.j2").write_text("secret")
    root = write(spec="assets:\n  a: {prompt: x, output: built}\n  c: {prompt: \"{% include 'p.j2' %}\"}\n")
    (root / "specs" / "file.yaml").symlink_to(outside / "b.yaml")
    (root / "specs" / "folder").symlink_to(outside)
    (root / "specs" / "p.j2").symlink_to(outside / "p.j2")
    (root / "built").symlink_to(outside)
    with pytest.raises(SpecErrors) as caught:
        read_project(root)
    assert [p.origin.file for p in caught.value.problems] == [
        "specs/a.yaml",
        "specs/a.yaml",
        "specs/file.yaml",
        "specs/folder",
    ]
    assert all("symlink" in p.message for p in caught.value.problems)


@pytest.mark.parametrize(
    ("use", "file"),
    [
        ("prompt: x", "specs/b.yaml"),
        ("prompt: x", "pipeline.yaml"),
        ("prompt: x\n    for_each: {rows: b.json}", "specs/b.json"),
        ("prompt: \"{% include 'b.j2' %}\"", "specs/b.j2"),
        ("prompt: x\n    references: [b.png]", "specs/b.png"),
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "circle", "folder"])
def test_what_is_no_file_is_told_and_never_waited_for(write: Write, use: str, file: str, kind: str) -> None:
    root = write(spec=f"assets:\n  a:\n    {use}\n")
    if kind == "pipe":
        os.mkfifo(root / file)
    elif kind == "circle":
        (root / file).symlink_to(root / file)
    elif file == "specs/b.yaml":
        return  # a folder of specs may have any name
    else:
        (root / file).mkdir()
    with pytest.raises(SpecErrors) as caught:
        read_project(root)
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"{file} is a") and problem.hint
    assert show_problem(problem, root)


def test_specs_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "specs").write_text("")
    with pytest.raises(SpecErrors) as caught:
        read_project(tmp_path)
    assert caught.value.problems[0].message == "specs is a file, not a folder"


def test_what_may_not_be_read_is_told() -> None:
    before, nobody = os.geteuid(), 65534
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "specs/sub").mkdir(parents=True)
        (root / "specs/sub/b.yaml").write_text("")
        root.chmod(0o755)
        (root / "specs/sub").chmod(0)
        try:
            if before == 0:  # root may read everything
                os.seteuid(nobody)
            with pytest.raises(SpecErrors, match="1 error"):
                read_project(root)
        finally:
            os.seteuid(before)
            (root / "specs/sub").chmod(0o755)


def test_hidden_files_are_no_specs_and_links_in_circles_end(write: Write) -> None:
    root = write({"specs/.hidden.yaml": "{", "specs/.git/x.yaml": "{", "specs/sub/b.yml": "assets: {b: {prompt: x}}\n"})
    (root / "specs" / "sub" / "again").symlink_to(root / "specs")
    assert list(read_project(root)[0].assets) == ["b"]


SEVERAL = [
    ("    prompt: x\n    output: ../x\n    name: /etc/y\n    format: bmp\n", ["`output`", "`name`", "`format`"]),
    ("    prompt: x\n    references: [1, no.png]\n    after: [2, no]\n", ["a text", "no.png", "a text", "`no`"]),
    ("    prompt: '{{ foo }} {{ id.bar }} {{ none }}'\n", ["`foo`", "no `bar`", "null"]),
    ("    prompt: \"{{ ref('x.png') }}{{ ref(1) }}{{ ref('y') }}\"\n", ["x.png", "a number", "`y`"]),
    ("    prompt: \"{% include 'x.j2' %}{% include 'y.j2' %}{{ foo }}\"\n", ["x.j2", "y.j2", "`foo`"]),
    ("    prompt: x\n    for_each: {rows: [{k: b}, {k: b}, {k: B}]}\n    id: '{{ row.k }}'\n", ["`B`", "two rows"]),
]


@pytest.mark.parametrize(("entry", "words"), SEVERAL, ids=[words[0] for _, words in SEVERAL])
def test_one_mistake_does_not_hide_the_next(write: Write, entry: str, words: list[str]) -> None:
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec=f"assets:\n  a:\n{entry}"))
    told = [problem.message for problem in caught.value.problems]
    assert len(told) == len(words)
    assert all(any(word in message for message in told) for word in words)


SAME_IDS = [
    ("x: {for_each: {rows: [{key: a}, {key: b}]}, prompt: x}", "such as {{ row.key }}"),
    ("'{{ row.key }}': {for_each: {rows: [{key: a}, {key: a}]}, prompt: x}", "another column"),
    ("'{{ row.key }}': {for_each: {rows: [{key: a}], t: [b, c]}, prompt: x}", "the axis into the key: {{ t }}"),
    ("x: {for_each: {t: [b, c]}, prompt: x}", "the axis into the key: {{ t }}"),
    ("'{{ t }}': {for_each: {t: [b, b]}, prompt: x}", "values of an axis must differ"),
    ("'{{ row.key }}': {for_each: {rows: [{key: ''}]}, prompt: x}", "fill the cell"),
    ("'{{ row.key }}': {prompt: x}", "for_each"),
]


@pytest.mark.parametrize(("entry", "words"), SAME_IDS, ids=[words for _, words in SAME_IDS])
def test_the_remedy_for_an_id_fits_what_gives_it(write: Write, entry: str, words: str) -> None:
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec=f"assets:\n  {entry}\n"))
    (problem,) = caught.value.problems
    assert words in problem.hint


AT = [
    ("r.json", '{"game": {"items": []}}', "did you mean `at: game.items`?"),
    ("r.json", '{"games": {"itms": []}}', "did you mean `at: games.itms`?"),
    ("r.csv", "key\na\n", "remove it"),
]


@pytest.mark.parametrize(("name", "content", "hint"), AT, ids=[name + hint for name, _, hint in AT])
def test_a_wrong_at_is_told_where_it_stands(write: Write, name: str, content: str, hint: str) -> None:
    spec = f"assets:\n  '{{{{ row.key }}}}':\n    prompt: x\n    for_each:\n      rows: {name}\n      at: game.itms\n"
    with pytest.raises(SpecErrors) as caught:
        read_project(write({f"specs/{name}": content}, spec))
    (problem,) = caught.value.problems
    assert (problem.origin.line, problem.origin.column, problem.hint) == (6, 11, hint)


def test_a_comma_that_ends_a_text_in_braces_is_told(write: Write) -> None:
    with pytest.raises(SpecErrors) as caught:
        read_project(write(spec="assets:\n  a: {prompt: Key art at dawn, seen from above}\n"))
    (problem,) = caught.value.problems
    assert "a comma ends an unquoted text" in problem.hint


def test_a_key_of_a_model_is_told_at_the_key(write: Write) -> None:
    with pytest.raises(SpecErrors) as caught:
        read_project(write({"pipeline.yaml": "models:\n  gemini-3-pro-image: {sizs: [1K]}\n"}, "assets: {}\n"))
    assert [str(problem.origin) for problem in caught.value.problems] == ["pipeline.yaml:2:24"]


def test_what_is_mangled_at_random_is_told(tmp_path: Path) -> None:
    chance = random.Random(7)
    texts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.yaml"))]
    pieces = [
        "{{",
        "}}",
        "{%",
        "[",
        "}",
        ":",
        "\n",
        "  ",
        "- ",
        "'",
        '"',
        "|",
        "null",
        "1",
        "#",
        "&a ",
        "*a",
        "\t",
        "\0",
    ]
    (tmp_path / "specs").mkdir()
    for _ in range(150):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(pieces) + text[at + chance.choice((0, 0, 1, 5)) :]
        (tmp_path / "specs" / "a.yaml").write_text(re.sub(r"9999|40\)", "9)", text), encoding="utf-8")
        try:
            read_project(tmp_path)
        except SpecErrors as error:
            assert all(show_problem(problem, tmp_path) for problem in error.problems)
