"""`pipeline request`: what the printed programs send is what a build sends, whatever stands in the prompt."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.commands import forms
from tests.gemini_answers import failed
from tests.gemini_server import GeminiServer
from tests.gemini_wire import canonical
from tests.project import Project

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"

HOSTILE = [
    "END_OF_JSON",
    "HEADER",
    "PICTURE",
    "EOF",
    "'; touch broken; echo '",
    '"; touch broken; echo "',
    "$(touch broken) `touch broken` ${HOME} $HOME !!",
    "\\ \\n \\' \\\" \\u0041 \\",
    "</script><script>alert(1)</script>",
    "${process.exit(3)} {{ {% }} %s %d {0}",
    "\"\"\" ''' # // /* */ -- ",
    "drücke 日本語 עברית 😀 e\u0301",
    "\u202eright to left\u202c, \u2028 a line separator, \u200b nothing, \u00a0 a blank",
    "a tab\tand its end",
]

SPEC = """
defaults: {model: gemini-3-pro-image}
assets:
  style: {prompt: The style.}
  "hero/{{ row.key }}":
    for_each: {rows: rows.json, as: row}
    prompt: |
      {{ row.text }}
      Follow {{ ref('style', "the style: don't leave it") }} with {{ ref('refs/small.png') }}
      and {{ ref('refs/$big one.png') }}.
    system_instruction: "{{ row.text }}"
    aspect_ratio: "16:9"
    image_size: 2K
    seed: 7
  plain:
    prompt: A red kite.
    model: gemini-2.5-flash-image
"""


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        running.drafts = True
        yield running


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    """With the style drawn already, so that every request is known."""
    made = Project(tmp_path / "it's a project", server).spec("hero", SPEC)
    made.write("specs/rows.json", json.dumps([{"key": "all", "text": "\n".join(HOSTILE)}]))
    made.write("specs/refs/small.png", _png(40, 30)).write("specs/refs/$big one.png", _png(3000, 20))
    made.run("build", "style").ends(0).draws(1)
    return made


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(out, "PNG")
    return out.getvalue()


def _command(form: str, project: Project) -> list[str]:
    """What runs a program that it reads from stdin; skips the test where that is not installed."""
    if form == "python":
        return [sys.executable, "-"]
    needed = {"curl": "curl", "node": "node"}[form]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    if form == "curl":
        return ["sh"]
    if not NODE_MODULES.is_dir():
        pytest.skip("`npm ci --prefix tests/node` was not run")
    (project.folder / "node_modules").symlink_to(NODE_MODULES)
    return ["node", "--input-type=module"]


def _run(form: str, project: Project, id: str) -> subprocess.CompletedProcess[str]:
    """Print the program in the project's folder and run it there."""
    assert project.server is not None
    command = _command(form, project)
    environ = {**os.environ, **project.server.environ}
    printed = project.run("request", id, "--as", form).ends(0)
    assert project.server.environ["GEMINI_API_KEY"] not in printed.text
    assert not printed.asked
    return subprocess.run(
        command, input=printed.out, cwd=project.folder, env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture(autouse=True)
def _in_the_project(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)


@pytest.mark.parametrize("id", ["hero/all", "plain"])
@pytest.mark.parametrize("form", ["curl", "python", "node"])
def test_a_program_sends_what_the_build_sends(form: str, id: str, project: Project, server: GeminiServer) -> None:
    done = _run(form, project, id)
    assert done.returncode == 0, done.stderr
    sent = server.requests[-1]
    project.run("build", id).ends(0).draws(1)
    built = server.requests[-1]
    assert sent is not built
    assert sent.canonical == built.canonical
    assert sent.path == built.path
    assert sent.headers["x-goog-api-key"] == built.headers["x-goog-api-key"]
    assert not (project.folder / "broken").exists()


@pytest.mark.parametrize("form", ["curl", "python", "node"])
def test_a_program_saves_the_picture_and_no_draft(form: str, project: Project) -> None:
    done = _run(form, project, "hero/all")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "hero-all.jpg"
    with Image.open(project.folder / "hero-all.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (2752, 1536))


@pytest.mark.parametrize("form", ["curl", "python", "node"])
def test_a_program_asks_once_and_says_what_was_refused(form: str, project: Project, server: GeminiServer) -> None:
    server.script(failed(503, "UNAVAILABLE", "The model is overloaded."))
    before = len(server.requests)
    done = _run(form, project, "plain")
    assert done.returncode != 0
    assert "The model is overloaded." in done.stdout + done.stderr
    assert len(server.requests) == before + 1
    assert not (project.folder / "plain.png").exists()


def test_json_is_the_body_itself(project: Project, server: GeminiServer) -> None:
    body = project.run("request", "hero/all", "--as", "json").ends(0).json
    project.run("build", "hero/all").ends(0).draws(1)
    assert canonical(body) == server.requests[-1].canonical


def test_a_google_key_wins_as_in_the_sdk(project: Project, server: GeminiServer) -> None:
    command = _command("curl", project)
    script = project.run("request", "plain").ends(0).out
    environ = {**os.environ, **server.environ, "GOOGLE_API_KEY": "the-other-key"}
    subprocess.run(command, input=script, cwd=project.folder, env=environ, text=True, check=True, capture_output=True)
    assert server.requests[-1].headers["x-goog-api-key"] == "the-other-key"


def test_without_a_key_the_script_says_what_to_set(project: Project, server: GeminiServer) -> None:
    command = _command("curl", project)
    script = project.run("request", "plain").ends(0).out
    environ = {name: value for name, value in {**os.environ, **server.environ}.items() if "API_KEY" not in name}
    done = subprocess.run(command, input=script, env=environ, text=True, capture_output=True, check=False)
    assert done.returncode != 0
    assert "set GEMINI_API_KEY" in done.stderr
    assert not server.requests[1:]


def test_a_reference_that_is_shrunk_is_written_and_told(project: Project) -> None:
    printed = project.run("request", "hero/all", "--as", "python").ends(0)
    printed.says("refs/$big one.png is sent smaller")
    [aside] = (project.folder / ".pipeline" / "aside").glob("reference-*.png")
    with Image.open(aside) as picture:
        assert max(picture.size) == 2048
    assert aside.name in printed.out


def test_a_program_runs_where_it_was_printed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder.parent)
    printed = project.run("request", "hero/all", "--as", "curl").ends(0)
    assert "'it'\"'\"'s a project/specs/refs/small.png'" in printed.out


def test_a_request_that_is_not_known_names_the_upstream(project: Project, server: GeminiServer) -> None:
    project.replace("specs/hero.yaml", "The style.", "Another style.")
    refused = project.run("request", "hero/all").ends(2)
    refused.says("is not known yet", "`style`", "`pipeline build style`")
    assert refused.out == ""


def test_a_request_that_nothing_can_be_known_of_names_the_upstream(project: Project, server: GeminiServer) -> None:
    project.remove(".pipeline", "pipeline.lock", "output")
    project.run("request", "hero/all").ends(2).says("is not known yet", "`style`")


def test_vertex_is_refused_for_curl_and_left_to_the_sdks(project: Project) -> None:
    vertex = {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "kites"}
    project.run("request", "plain", "--as", "curl", env=vertex).ends(2).says("Vertex AI", "`--as python`")
    printed = project.run("request", "plain", "--as", "python", env=vertex).ends(0)
    assert "api_version='v1beta1'" in printed.out


def test_a_placeholder_project_still_tells_its_request(project: Project) -> None:
    project.settings("generator: placeholder\n").run("request", "plain", "--as", "json").ends(0)


@pytest.mark.parametrize("wrong", ["heroo/all", "*"])
def test_one_asset_is_asked_for(wrong: str, project: Project) -> None:
    refused = project.run("request", wrong).ends(2)
    assert refused.out == ""


# --- texts as literals ------------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(_TEXTS)
def test_a_python_literal_is_the_text(text: str) -> None:
    assert ast.literal_eval(forms.python_text(text)) == text


@given(_TEXTS)
def test_a_json_literal_is_the_text_and_hides_nothing(text: str) -> None:
    literal = forms.json_literal(text)
    assert json.loads(literal) == text
    assert literal.isprintable()
