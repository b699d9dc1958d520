"""`pipeline doctor`: what is set up, what is missing, and nothing that it should not say."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.draw.placeholder import draw_placeholder
from tests.gemini_server import GeminiServer
from tests.project import Project, Ran

KITES = """
defaults: {model: gemini-3-pro-image}
assets:
  kite: {prompt: A red kite.}
"""
KEY = "a-key-that-nobody-may-see"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project").spec("kites", KITES)


def _told(ran: Ran) -> list[tuple[str, str, str]]:
    return [(f["about"], f["level"], f["message"]) for f in ran.json["findings"]]


def _found(project: Project, about: str, *args: str, env: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Level and message of what doctor says about something."""
    ran = project.run("--json", "doctor", *args, env=env)
    assert ran.code == (0 if ran.json["ok"] else 1)
    return [(level, message) for what, level, message in _told(ran) if what == about]


def test_a_new_project_without_a_key_has_hints_and_nothing_broken(project: Project) -> None:
    ran = project.run("doctor").ends(0)
    ran.says("no credentials for Gemini: set GEMINI_API_KEY", "1 asset", "google-genai 3.")
    assert not project.exists(".pipeline"), "looking leaves no trace"


def test_outside_of_a_project_it_looks_at_the_rest(tmp_path: Path) -> None:
    nowhere = Project(tmp_path)
    nowhere.remove("specs")
    nowhere.run("doctor").ends(0).says("`pipeline init` makes one", "google-genai")


# --- credentials and addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
def test_a_key_is_named_and_never_shown(project: Project, name: str) -> None:
    ran = project.run("doctor", env={name: KEY}).ends(0)
    ran.says(f"the key in {name}").is_silent_of(KEY)


def test_of_two_keys_the_winner_is_told(project: Project) -> None:
    env = {"GEMINI_API_KEY": KEY, "GOOGLE_API_KEY": f"{KEY}-2"}
    ran = project.run("doctor", env=env).ends(0).is_silent_of(KEY)
    ran.says("GEMINI_API_KEY is set too, to another key: GOOGLE_API_KEY wins")
    assert len(_found(project, "credentials", env={**env, "GOOGLE_API_KEY": KEY})) == 1


def test_a_key_that_cannot_be_one_is_broken(project: Project) -> None:
    [(level, message)] = _found(project, "credentials", env={"GEMINI_API_KEY": "“quoted”"})
    assert level == "broken"
    assert "quoted" not in message


def test_vertex_is_told_with_its_project(project: Project) -> None:
    env = {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_PROJECT": "kites", "GOOGLE_CLOUD_LOCATION": "global"}
    assert _found(project, "credentials", env=env) == [("ok", "Vertex AI: project kites, global")]


def test_a_generator_that_is_not_installed_is_broken(project: Project) -> None:
    project.settings("generator: dall-e\n")
    [(level, message)] = _found(project, "credentials")
    assert level == "broken"
    assert "there is no generator `dall-e`" in message


@pytest.mark.parametrize(
    ("address", "level", "message"),
    [
        ("https://proxy.example.org/gemini", "hint", "calls go to proxy.example.org, and the key with them"),
        ("http://proxy.example.org", "hint", "calls go to proxy.example.org without encryption"),
        ("http://127.0.0.1:8080", "hint", "calls go to this machine"),
        ("proxy.example.org", "broken", "is not an address"),
        ("https://[::1", "broken", "is not an address"),
    ],
)
def test_another_address_is_told_with_its_risk(project: Project, address: str, level: str, message: str) -> None:
    [(found, said)] = _found(project, "address", env={"GOOGLE_GEMINI_BASE_URL": address, "HTTPS_PROXY": ""})
    assert found == level
    assert message in said


def test_what_stands_in_an_address_as_a_password_is_not_shown(project: Project) -> None:
    env = {"GOOGLE_GEMINI_BASE_URL": f"https://me:{KEY}@proxy.example.org"}
    project.run("doctor", env=env).ends(0).says("proxy.example.org").is_silent_of(KEY)


# --- online -----------------------------------------------------------------------------------------------------------


class _Models(BaseHTTPRequestHandler):
    """Answers models.list for one key."""

    def do_GET(self) -> None:
        good = self.headers["x-goog-api-key"] == KEY and self.path.startswith("/v1beta/models")
        message = f"API key {self.headers['x-goog-api-key']} not valid"
        error = {"code": 400, "status": "INVALID_ARGUMENT", "message": message}
        body: dict[str, Any] = {"error": {**error, "details": [{"reason": "API_KEY_INVALID"}]}}
        if good:
            body = {"models": [{"name": "models/gemini-3-pro-image"}, {"name": "models/gemini-nano-banana-2.1"}]}
        data = json.dumps(body).encode()
        self.send_response(200 if good else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Models)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_online_asks_whether_the_key_works(project: Project, api: str) -> None:
    env = {"GOOGLE_GEMINI_BASE_URL": api, "GEMINI_API_KEY": KEY}
    [(level, message)] = _found(project, "online", "--online", env=env)
    assert level == "ok"
    assert "offers 2 models" in message


def test_online_names_the_models_that_the_key_does_not_reach(project: Project, api: str) -> None:
    project.replace("specs/kites.yaml", "gemini-3-pro-image", "gemini-3.1-flash-lite-image")
    env = {"GOOGLE_GEMINI_BASE_URL": api, "GEMINI_API_KEY": KEY}
    assert "`gemini-3.1-flash-lite-image`" in _found(project, "online", "--online", env=env)[1][1]


def test_a_key_that_the_api_refuses_is_broken_and_not_shown(project: Project, api: str) -> None:
    env = {"GOOGLE_GEMINI_BASE_URL": api, "GEMINI_API_KEY": f"{KEY}-wrong"}
    project.run("doctor", "--online", env=env).ends(1).says("not valid").is_silent_of(KEY)


def test_an_api_out_of_reach_is_broken(project: Project) -> None:
    env = {"GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9", "GEMINI_API_KEY": KEY}
    [(level, message)] = _found(project, "online", "--online", env=env)
    assert level == "broken"
    assert "no connection" in message


def test_without_online_nobody_is_asked(project: Project) -> None:
    with GeminiServer() as server:
        project.server = server
        assert project.run("doctor").ends(0).asked == 0


# --- the project ------------------------------------------------------------------------------------------------------


def test_specs_with_errors_are_broken_and_the_rest_is_told(project: Project) -> None:
    project.spec("broken", "assets: {x: {promt: A kite.}}\n")
    ran = project.run("doctor").ends(1)
    ran.says("in the specs", "specs/broken.yaml:1:", "`pipeline plan` shows all of them", "google-genai")


def test_a_retired_model_is_a_hint(project: Project) -> None:
    project.replace("specs/kites.yaml", "gemini-3-pro-image", "gemini-3-pro-image-preview")
    found = _found(project, "specs")
    assert [level for level, _ in found] == ["ok", "hint"]
    assert "gemini-3-pro-image" in found[1][1]


def test_a_profile_that_is_not_declared_is_broken(project: Project) -> None:
    project.run("--profile", "fast", "doctor").ends(1).says("there is no profile `fast`")


def test_a_lock_that_cannot_be_read_is_broken(project: Project) -> None:
    project.write("pipeline.lock", "what is this?\n").write("pipeline.draft.lock", "")
    assert [level for level, _ in _found(project, "lock")] == ["ok", "broken"]


def test_two_lines_of_one_asset_are_told(project: Project) -> None:
    take = [f'{{"asset": "kite", "take": "sha256:{digit * 64}"}}' for digit in "ab"]
    project.write("pipeline.lock", "\n\n".join(take) + "\n")
    assert "a merge left two lines for `kite`" in _found(project, "lock")[1][1]


def test_a_file_in_place_of_the_store_is_broken(project: Project) -> None:
    assert _found(project.write(".pipeline", "a file"), "store") == [("broken", ".pipeline is not a folder")]


def test_a_remote_that_holds_pointers_is_broken(project: Project) -> None:
    project.settings("remote: takes/\n")
    assert _found(project, "remote") == [("ok", "takes/: the first take makes it")]
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
    project.write("takes/objects/ab/cd", pointer).write("takes/objects/ab/ce", b"\xff" * 5000)
    assert _found(project, "remote") == [
        ("ok", "takes/: 2 objects, 5 kB"),
        ("broken", "Git LFS pointers in place of pictures in takes/: 1 object"),
    ]


def test_a_remote_that_is_not_mounted_is_broken(project: Project) -> None:
    project.settings(f"remote: {project.folder / 'not' / 'there'}\n")
    assert _found(project, "remote")[0][0] == "broken"


# --- git --------------------------------------------------------------------------------------------------------------


def test_a_project_in_no_repository_is_a_hint(project: Project) -> None:
    assert _found(project, "git") == [("hint", "the project is in no git repository")]


def test_git_that_is_not_installed_is_a_hint(project: Project, tmp_path: Path) -> None:
    assert _found(project, "git", env={"PATH": str(tmp_path)}) == [("hint", "not installed")]


def test_a_repository_as_it_should_be(project: Project) -> None:
    project.as_repository().build().ends(0)
    project.commit()
    assert _found(project, "git") == [
        ("ok", "the project is in a git repository"),
        ("ok", "built files are not committed"),
    ]


def test_a_store_in_git_is_told(project: Project) -> None:
    project.as_repository().write(".gitignore", "").write(".pipeline/objects/ab/cd", "x").commit()
    messages = [message for _, message in _found(project, "git")]
    assert ".pipeline/ is committed, and it is this machine's own" in messages
    assert ".pipeline/ is not ignored" in messages


def test_a_lock_that_git_ignores_or_nobody_committed_is_told(project: Project) -> None:
    project.as_repository().write("pipeline.lock", "")
    assert ("hint", "pipeline.lock is not committed yet") in _found(project, "git")
    project.write(".gitignore", ".pipeline/\n*.lock\n")
    assert any("pipeline.lock is ignored" in message for _, message in _found(project, "git"))


def test_a_union_driver_on_the_lock_is_told(project: Project) -> None:
    project.as_repository().write("pipeline.lock", "").write(".gitattributes", "*.lock merge=union\n").commit()
    assert any("merged by `union`" in message for _, message in _found(project, "git"))


def test_placeholders_in_git_are_told(project: Project) -> None:
    picture = draw_placeholder(asset="kite", prompt="A red kite.", width=1024, height=1024, format="jpeg")
    project.as_repository().write(".gitignore", ".pipeline/\n").write("output/kite.jpg", picture).commit()
    messages = [message for _, message in _found(project, "git")]
    assert "1 of 1 built files are committed" in messages
    assert "placeholders are committed: 1 file, such as `output/kite.jpg`" in messages
