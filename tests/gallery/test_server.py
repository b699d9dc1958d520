"""The gallery's server over real HTTP: what it tells, and whom it tells nothing."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gallery.visiting import Served, serving
from tests.project import Project

TWO = (
    "assets:\n  fox: {prompt: A fox., tags: [animal], alt: A fox at dusk.}\n  den: {prompt: \"Of {{ ref('fox') }}.\"}\n"
)


def test_the_wall_tells_of_every_asset(project: Project) -> None:
    project.spec("animals", TWO).build().ends(0).draws(2)
    with serving(project) as served:
        wall = served.page().wall()
    assert [row["id"] for row in wall["rows"]] == ["fox", "den"]
    fox = wall["rows"][0]
    take = project.lock["fox"]["take"][7:]
    assert {
        "state": "fresh",
        "action": "nothing",
        "why": "",
        "file": "specs/animals.yaml",
        "line": 2,
        "tags": ["animal"],
        "path": "output/fox.jpg",
        "model": "gemini-3-pro-image",
        "width": 1024,
        "height": 1024,
        "price_micro_usd": 0,
        "draws": 0,
        "gate": False,
        "approved": False,
        "protected": False,
        "adopted": False,
        "takes": 1,
        "undecided": False,
        "note": "",
        "alt": "A fox at dusk.",
        "failure": "",
    }.items() <= fox.items()
    assert fox["picture"] == {
        "src": f"pictures/{take}?id=fox",
        "thumb": f"thumbs/{take}?id=fox&side=320",
        "width": 1024,
        "height": 1024,
        "alpha": False,
        "kind": "take",
    }
    assert wall["project"] == {
        "name": "project",
        "root": str(project.folder),
        "profile": None,
        "auto": False,
        "read_only": False,
    }
    assert wall["plan"]["fresh"] == 2 and wall["plan"]["draws"]
    assert wall["plan"]["text"] == "Nothing to do: 2 assets are fresh."
    assert (wall["problems"], wall["building"], wall["waiting"]) == ([], None, None)
    assert wall["spent_micro_usd"] == 0 < wall["spent_ever_micro_usd"]


def test_a_stale_asset_says_why_and_for_how_much(project: Project) -> None:
    project.spec("animals", TWO).build().draws(2)
    project.replace("specs/animals.yaml", "A fox.", "A red fox.")
    with serving(project) as served:
        page = served.page()
        wall, fox = page.wall(), page.asset("fox")
    fox_row, den_row = wall["rows"]
    assert (fox_row["state"], fox_row["action"], fox_row["why"]) == ("stale", "draw", "the prompt changed")
    assert fox_row["draws"] == 1 and fox_row["price_micro_usd"] == wall["plan"]["price"]["table_micro_usd"] > 0
    assert fox_row["picture"]["kind"] == "take"
    assert (den_row["action"], wall["plan"]["await"]) == ("await", 1)
    assert wall["plan"]["text"].startswith("Plan: 1 to draw, up to 1 more after them. Cost: $0.134 by the table of ")
    assert fox["changes"] == [
        {
            "field": "prompt",
            "name": "prompt",
            "before": "A fox.",
            "after": "A red fox.",
            "diff": [["same", "A"], ["added", "red"], ["same", "fox."]],
        }
    ]


def test_without_a_key_there_are_placeholders_and_a_sentence(keyless: Project) -> None:
    keyless.spec("animals", TWO).build().ends(0)
    with serving(keyless) as served:
        page = served.page()
        wall = page.wall()
        assert {row["picture"]["kind"] for row in wall["rows"]} == {"placeholder"}
        assert page.get("/" + wall["rows"][0]["picture"]["src"]).content == keyless.read("output/fox.jpg")
    assert not wall["plan"]["draws"] and "GEMINI_API_KEY" in wall["plan"]["lacking"]
    assert wall["plan"]["price"]["table_micro_usd"] == 0


def test_an_asset_is_told_whole(project: Project) -> None:
    project.spec("animals", TWO).build().draws(2)
    with serving(project) as served:
        page = served.page()
        fox, den = page.asset("fox"), page.asset("den")
    assert fox["row"]["id"] == "fox"
    assert fox["origin"] == {"file": "specs/animals.yaml", "line": 2, "column": 3}
    assert (fox["prompt"], fox["changes"], fox["reasons"]) == ("A fox.", [], [])
    assert fox["request"]["key"] == project.lock["fox"]["request"]
    assert json.loads(fox["request"]["json"])["prompt"] == "A fox."
    assert [(other["id"], other["thumb"][:7]) for other in fox["needed_by"]] == [("den", "thumbs/")]
    assert fox["commands"]["build"] == "pipeline build fox"
    (take,) = fox["takes"]
    assert take["take"] == project.lock["fox"]["take"] and take["picked"] and take["in_reach"]
    assert take["label"] == "1" and take["picture"]["width"] == 1024
    assert fox["paid_micro_usd"] == take["cost_micro_usd"] > 0
    (reference,) = den["refers_to"]
    assert reference["asset"] == "fox" and reference["number"] == 1
    assert reference["src"] == fox["takes"][0]["picture"]["src"]
    assert "image 1" in den["prompt"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/asset",
        "/api/asset?id=",
        "/api/asset?id=wolf",
        "/api/asset?id=..%2F..%2Fetc%2Fpasswd",
        "/api/asset?id=%00",
        "/api/asset?id=" + "a" * 5000,
        "/api/nothing",
        "/page/",
        "/page/..%2Fserver.py",
        "/page/%2e%2e/server.py",
        "/page/....//server.py",
        "/page/nothing.js",
        "/page/main.js",
        "/pictures/",
        "/pictures/abc",
        "/pictures/" + "0" * 64,
        "/pictures/..%2F..%2F.pipeline%2Fserve.token",
        "/thumbs/" + "0" * 64,
        "/thumbs/" + "g" * 64,
    ],
)
def test_what_is_not_there_is_a_404(served_animals: Served, path: str) -> None:
    answer = served_animals.page().get(path)
    assert answer.status_code == 404, answer.text
    assert answer.json()["error"]["message"]


@pytest.fixture(scope="module")
def served_animals(tmp_path_factory: pytest.TempPathFactory) -> object:
    project = Project(tmp_path_factory.mktemp("animals"))
    project.spec("animals", TWO).build().ends(0)
    with serving(project) as served:
        yield served


# --- who may ask ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil"])
def test_a_foreign_host_is_told_nothing(served_animals: Served, host: str) -> None:
    answer = served_animals.page().get("/api/wall", host=host.format(port=served_animals.port))
    assert answer.status_code == 421
    assert "fox" not in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_its_own_names_are_answered(served_animals: Served, name: str) -> None:
    assert served_animals.page().get("/api/wall", host=f"{name}:{served_animals.port}").status_code == 200


def test_two_hosts_are_none(served_animals: Served) -> None:
    with socket.create_connection(("127.0.0.1", served_animals.port)) as line:
        host = f"Host: 127.0.0.1:{served_animals.port}\r\n"
        line.sendall(f"GET /api/wall HTTP/1.1\r\n{host}Host: evil.example\r\nConnection: close\r\n\r\n".encode())
        assert b" 4" in line.recv(100)[:13]


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1.:{port}",
        "http://localhost:{port}",  # perhaps another server's, at the same port of ::1
        "http://[::1]:{port}",
    ],
)
def test_a_foreign_origin_may_neither_look_nor_decide(served_animals: Served, origin: str) -> None:
    page = served_animals.page()
    origin = origin.format(port=served_animals.port)
    assert page.get("/api/wall", origin=origin).status_code == 403
    answer = page.post("/api/decide", {"id": "fox", "do": "protect", "version": "x"}, origin=origin)
    assert answer.status_code == 403


def test_its_own_origin_may(served_animals: Served) -> None:
    page = served_animals.page()
    assert page.get("/api/wall", origin=served_animals.base).status_code == 200
    answer = page.post("/api/decide", {"id": "fox", "do": "protect", "version": "x"}, origin=served_animals.base)
    assert answer.status_code == 409


def test_a_picture_is_not_for_other_sites(served_animals: Served) -> None:
    """A page elsewhere can name a picture in an <img>, without an Origin; the browser says so all the same."""
    page = served_animals.page()
    src = "/" + page.rows()["fox"]["picture"]["src"]
    assert page.get(src, sec_fetch_site="cross-site", sec_fetch_mode="no-cors").status_code == 403
    assert page.get(src, sec_fetch_site="same-origin", sec_fetch_mode="no-cors").status_code == 200
    assert page.get("/", sec_fetch_site="cross-site", sec_fetch_mode="navigate").status_code == 200


@pytest.mark.parametrize("path", ["/api/decide", "/api/adopt", "/api/build", "/api/allow", "/api/stop"])
def test_nothing_is_changed_without_the_token(served_animals: Served, path: str) -> None:
    page = served_animals.page()
    for headers in ({}, {"x-pipeline-token": ""}, {"x-pipeline-token": page.token[:-1]}, {"x-pipeline-token": "ä"}):
        sent = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = page.http.post(path, json={}, headers=sent)  # type: ignore[arg-type]
        assert answer.status_code == 403, headers
        assert "token" in answer.json()["error"]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(served_animals: Served, method: str) -> None:
    assert served_animals.page().http.request(method, "/api/wall").status_code == 405


def test_the_head_of_the_stream_has_an_end(served_animals: Served) -> None:
    answer = served_animals.page().http.head("/api/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_posting_to_what_is_only_read_is_refused(served_animals: Served) -> None:
    assert served_animals.page().post("/api/wall", {}).status_code == 405


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/api/wall", "/api/asset?id=x", "/pictures/x", "/api/decide"])
def test_every_answer_has_the_headers(served_animals: Served, path: str) -> None:
    headers = served_animals.page().get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ") and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_what_is_too_long_is_refused_unread(served_animals: Served) -> None:
    page = served_animals.page()
    assert page.post("/api/decide", {"id": "x" * (2 << 20)}).status_code == 413

    def endless() -> object:
        for _ in range(70):
            yield b"x" * (1 << 20)

    query = "/api/adopt?id=fox&version=x"
    answer = page.http.post(query, content=endless(), headers={"x-pipeline-token": page.token})  # type: ignore[arg-type]
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'{"id": 1, "do": "pick", "version": "x"}',
        b'{"id": "fox"}',
        b'{"id": "fox", "do": "burn", "version": "x"}',
        b'{"id": "fox", "do": "\\ud800", "version": "x"}',
        b'{"id": "fox", "do": "pick", "version": "x"}',
        b'{"id": "fox", "do": "note", "version": "x"}',
        b'{"id": "fox", "do": "approve", "version": "x", "take": ["y"]}',
        b"[" * 100_000,
        b'"\xff"',
    ],
)
def test_nonsense_is_a_400_with_a_sentence(served_animals: Served, body: bytes) -> None:
    page = served_animals.page()
    answer = page.http.post("/api/decide", content=body, headers={"x-pipeline-token": page.token})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_the_key_is_on_no_page(project: Project) -> None:
    project.spec("animals", TWO)
    with serving(project, env={"GEMINI_API_KEY": "sk-very-secret-key-4711"}) as served:
        page = served.page()
        texts = [page.get(path).text for path in ("/api/wall", "/api/asset?id=fox", "/")]
    assert not any("sk-very-secret-key-4711" in text for text in texts)


def test_the_token_is_for_its_owner_alone_and_outlives_the_server(keyless: Project) -> None:
    keyless.spec("animals", TWO)
    path = keyless.folder / ".pipeline" / "serve.token"
    tokens = []
    for _ in range(2):
        with serving(keyless) as served:
            tokens.append(served.token)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert path.read_text().strip() == served.token
    assert tokens[0] == tokens[1]
    path.chmod(0o644)  # by now others may know it
    with serving(keyless) as served:
        assert served.token != tokens[0]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# --- starting and ending ----------------------------------------------------------------------------------------------


def test_a_folder_whose_name_is_no_text_is_told(tmp_path: Path) -> None:
    project = Project(tmp_path / os.fsdecode(b"f\xffx"))
    project.spec("animals", TWO).run("serve", "--port", "0").ends(2).says("its name is not UTF-8", "rename the folder")


def test_a_port_that_is_taken_is_told(keyless: Project) -> None:
    keyless.spec("animals", TWO)
    with serving(keyless) as served:
        keyless.run("serve", "--port", str(served.port)).ends(2).says(f"the port {served.port} is taken")


def test_a_project_that_is_none_is_told(keyless: Project) -> None:
    keyless.remove("specs")
    keyless.run("serve", "--port", "0").ends(2).says("is not a project")


def test_without_the_extra_it_says_what_to_install(keyless: Project) -> None:
    code = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name in ('starlette', 'uvicorn') else find(name, *a)\n"
        "from pipeline import cli\n"
        f"sys.exit(cli.main(['-C', {str(keyless.folder)!r}, 'serve']))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "Traceback" not in ran.stderr
    assert "starlette and uvicorn" in ran.stderr and "pip install 'asset-pipeline[serve]'" in ran.stderr


def test_ctrl_c_ends_it_at_once_with_pages_open(keyless: Project) -> None:
    keyless.spec("animals", TWO)
    with serving(keyless) as served, served.page() as page, served.page() as other:
        page.next()
        other.next()
        err = served.stop()
        assert served.process.returncode in (0, 130)
        assert "Traceback" not in err
        page.wait_for(lambda kind, _: kind == "closed")
