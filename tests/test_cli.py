"""The command line as people and scripts meet it: what it takes, what it prints, how it fails."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import arguments, cli, dispatch, overview, plainly
from pipeline.commands.context import safe, wrapped
from pipeline.words import AssetId
from tests.gemini_answers import refused
from tests.gemini_server import GeminiServer
from tests.project import ROOT, Project

SPEC = """\
assets:
  art: {prompt: Key art of a harbour at dusk, tags: [style]}
  hero: {prompt: "A hero in the style of {{ ref('art', 'the style') }}"}
  icon: {prompt: An icon, model: gemini-nano-banana-2.1}
"""

ANSI = re.compile("\x1b\\[")


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    """A project of someone who has a key."""
    return Project(tmp_path / "project", server).spec("all", SPEC)


@pytest.fixture
def keyless(tmp_path: Path) -> Project:
    return Project(tmp_path / "keyless").spec("all", SPEC)


def run(*argv: str) -> tuple[int, str, str]:
    """The command in this process, without `-C`."""
    out, err = io.StringIO(), io.StringIO()
    code = cli.main(list(argv), environ={}, stdin=io.StringIO(), stdout=out, stderr=err)
    return code, out.getvalue(), err.getvalue()


def squeezed(text: str) -> str:
    """The text with blanks that only align columns taken out, and digests and times by their kind."""
    lines = (re.sub(r" {2,}", "  ", line).rstrip() for line in text.splitlines())
    return re.sub(r"\b(\d+ s|\d+\.\d s)\b", "TIME", "\n".join(lines).strip())


# --- what it takes ----------------------------------------------------------------------------------------------------

COMMANDS = [name for _, group in overview.COMMANDS for name, _ in group]


def test_help_names_every_command_and_each_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in [["--help"], *([name, "--help"] for name in COMMANDS)]:
        with pytest.raises(SystemExit) as stop:
            cli.main(argv)
        assert stop.value.code == 0
        told = capsys.readouterr().out
        assert told.startswith("usage: pipeline")
        assert max(map(len, told.splitlines())) <= 80
        if argv == ["--help"]:
            assert all(f"\n  {name} " in told for name in COMMANDS)
    assert set(COMMANDS) == set(dispatch.COMMANDS)


@pytest.mark.parametrize(
    "argv", [["plan", "--help"], ["--help", "plan"], ["help", "plan"], ["-C", "x", "-h", "plan"]], ids=" ".join
)
def test_help_of_a_command_may_be_asked_for_in_any_order(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(argv)
    assert capsys.readouterr().out.startswith("usage: pipeline plan ")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert re.fullmatch(r"asset-pipeline \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_options_for_all_commands_stand_before_or_after_the_command(keyless: Project) -> None:
    folder = str(keyless.folder)
    before, after = run("--json", "-C", folder, "list"), run("list", "--json", "-C", folder)
    assert before == after
    assert json.loads(before[1])["assets"][0]["asset"] == "art"


def test_words_may_stand_on_both_sides_of_an_option(keyless: Project) -> None:
    listed = keyless.run("list", "art", "--exclude", "icon", "hero").ends(0).out
    assert [line.split()[0] for line in listed.splitlines()] == ["art", "hero"]


WRONG = {
    (): "error: no command is given\n  `pipeline --help` lists them\n",
    ("biuld",): "error: there is no command `biuld`\n  did you mean `build`?\n",
    ("frobnicate",): "error: there is no command `frobnicate`\n  `pipeline --help` lists the commands\n",
    ("plan", "--jsn"): "error: `pipeline plan` has no option `--jsn`\n  did you mean `--json`?\n",
    ("plan", "--force"): "error: `pipeline plan` has no option `--force`\n  `pipeline plan --help` lists its options\n",
    ("show",): "error: `pipeline show` needs ID\n  `pipeline show --help` says how\n",
    ("pick", "hero"): "error: `pipeline pick` needs TAKE\n  `pipeline pick --help` says how\n",
    ("reroll",): "error: `pipeline reroll` needs ID\n  `pipeline reroll --help` says how\n",
    ("show", "a", "b"): "error: `pipeline show` does not take `b`\n  `pipeline show --help` says what it takes\n",
    (
        "graph",
        "--format",
        "dto",
    ): "error: --format is one of text, dot, mermaid, json, not `dto`\n  did you mean `dot`?\n",
    ("list", "--color", "blue"): "error: --color is one of auto, always, never, not `blue`\n",
    ("request", "x", "--as", "ruby"): "error: --as is one of curl, python, node, json, not `ruby`\n",
    ("-V",): "error: `pipeline` has no option `-V`\n  did you mean `--version`?\n",
    ("--verison",): "error: `pipeline` has no option `--verison`\n  did you mean `--version`?\n",
    ("help", "biuld"): "error: there is no command `biuld`\n  did you mean `build`?\n",
    ("-q", "plan", "-v"): "error: -q and -v do not go together\n  -q tells less, -v tells more\n",
    ("build", "--dry-run"): (
        "error: `pipeline build` has no option `--dry-run`\n"
        "  `pipeline plan` tells what a build would do, and changes nothing\n"
    ),
    ("build", "--run"): "error: `pipeline build` has no option `--run`\n  `pipeline build --help` lists its options\n",
    ("adopt",): "error: `pipeline adopt` takes ID and FILE, or --from DIR\n  `pipeline adopt --help` says how\n",
    ("adopt", "--from", "d", "--take"): "error: --take and --from do not go together\n  adopt takes one by one\n",
    ("build", "-k", "--fail-fast"): (
        "error: --fail-fast: not allowed with argument -k/--keep-going\n  `pipeline build --help` says how\n"
    ),
    ("build", "-j", "0"): (
        "error: --jobs: `0` is not a number of calls from 1 to 1000\n  `pipeline build --help` says how\n"
    ),
}


@pytest.mark.parametrize("argv", WRONG, ids=" ".join)
def test_wrong_use_is_told_with_what_would_be_right(argv: tuple[str, ...]) -> None:
    assert run(*argv) == (2, "", WRONG[argv])


@pytest.mark.parametrize("amount", ["5,00", "-1", "1e3", "five", "5.0000001", "", "$", "NaN"])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    code, _, err = run("build", f"--max-cost={amount}")
    assert code == 2
    assert err.startswith(f"error: --max-cost: `{amount}` is not an amount; write US dollars as 5, 5.00 or $5\n")


@pytest.mark.parametrize(
    ("amount", "micro"), [("5", 5_000_000), ("5.00", 5_000_000), ("$5", 5_000_000), ("0.5", 500_000)]
)
def test_an_amount_is_read_to_the_last_digit(amount: str, micro: int) -> None:
    assert arguments.parse(["build", "--max-cost", amount]).max_cost == micro


def test_a_project_is_found_from_a_folder_inside_it(keyless: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = keyless.folder / "web" / "src"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    code, out, _ = run("list")
    assert code == 0
    assert out.startswith("art ")
    # With -C the very folder is meant.
    assert run("-C", ".", "list")[0] == 2


def test_outside_a_project_it_is_told_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("plan")
    assert (code, out) == (2, "")
    assert "is not a project" in err
    assert "pipeline init" in err


# --- how it fails -----------------------------------------------------------------------------------------------------


def test_errors_are_json_too(keyless: Project) -> None:
    ran = keyless.run("plan", "heor", "--json").ends(2)
    assert ran.err == "error: no asset `heor`\n  did you mean `hero`?\n"
    assert ran.json == {
        "error": {
            "kind": "UsageError",
            "exit_code": 2,
            "message": "no asset `heor`",
            "hint": "did you mean `hero`?",
        }
    }


def test_all_mistakes_in_the_specs_are_told_and_counted(keyless: Project) -> None:
    keyless.spec("bad", "assets:\n  a: {promt: x}\n  b: {prompt: x, image_size: 2k}\n")
    ran = keyless.run("--json", "list").ends(2)
    assert ran.err.count(": error: ") == len(ran.json["error"]["problems"]) == 2
    assert ran.err.endswith("error: 2 errors in the specs\n")
    assert ran.json["error"]["problems"][0]["file"] == "specs/bad.yaml"
    assert ran.json["error"]["problems"][0]["line"] == 2


@pytest.mark.parametrize("command", ["build", "plan", "costs"])
def test_a_file_where_the_store_is_to_be_is_told(keyless: Project, command: str) -> None:
    ran = keyless.write(".pipeline", "a file").run(command)
    assert ran.code == 2 or "error" not in ran.err
    assert "Not a directory" not in ran.err
    if command == "build":
        ran.ends(2).says(f"error: {keyless.folder}/.pipeline: there is a file where a folder is to be", "move it")


def test_a_lock_that_is_a_folder_is_wrong_use(keyless: Project) -> None:
    (keyless.folder / "pipeline.lock").mkdir()
    keyless.plan().ends(2).says("pipeline.lock", "move it away")


def test_a_full_disk_under_the_output_is_told(keyless: Project) -> None:
    with Path("/dev/full").open("w") as full:
        err = io.StringIO()
        code = cli.main(["-C", str(keyless.folder), "list"], environ={}, stdout=full, stderr=err)
        assert code == 1
        assert err.getvalue().startswith("error: No space left on device\n")


def _command(folder: Path, *argv: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", "-C", str(folder), *argv]


def _environ(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_a_reader_that_goes_away_is_no_error(keyless: Project) -> None:
    keyless.spec("many", "".join(["assets:\n", *(f"  a{n}: {{prompt: x{n}}}\n" for n in range(2000))]))
    with subprocess.Popen(
        _command(keyless.folder, "list"), env=_environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_build_goes_on_when_nobody_reads_its_lines(project: Project) -> None:
    process = project.spawn("build")
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.communicate()[1] == ""
    assert sorted(project.outputs) == ["art.jpg", "hero.jpg", "icon.jpg"]


def test_closed_streams_are_no_error(keyless: Project) -> None:
    command = " ".join(_command(keyless.folder, "build", "--offline"))
    done = subprocess.run(f"{command} <&- >&- 2>&-", shell=True, env=_environ(), check=False)
    assert done.returncode == 0
    assert len(keyless.outputs) == 3


def test_what_an_encoding_cannot_say_is_spelled_out(keyless: Project) -> None:
    keyless.spec("all", "assets:\n  cafe: {prompt: Un café}\n")
    done = subprocess.run(
        _command(keyless.folder, "show", "cafe"),
        env=_environ(PYTHONIOENCODING="ascii"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Un caf\\xe9" in done.stdout


def test_an_interruption_has_its_own_exit_code(keyless: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(context: object, args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "COMMANDS", {"list": interrupted})
    keyless.run("list").ends(130).says("interrupted")


def test_a_bug_leaves_a_report_without_secrets(keyless: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    key, token = "AIzaSyA-0123456789-0123456789-012345", "hunter2-hunter2"

    def broken(context: object, args: object) -> int:
        raise RuntimeError(f"lost at https://example.org/?key={key}&x=1 with {token}")

    monkeypatch.setattr(cli, "COMMANDS", {"list": broken})
    ran = keyless.run("--json", "list", env={"GEMINI_API_KEY": key, "MY_TOKEN": token}).ends(70)
    assert ran.err.startswith("error: this is a bug of the tool: RuntimeError: lost at ")
    assert ran.json["error"]["kind"] == "Bug"
    (report,) = (keyless.folder / ".pipeline").glob("bug-*.txt")
    told = report.read_text()
    assert "Traceback" in told
    assert str(report) in ran.err
    for text in (told, ran.text):
        assert key not in text
        assert token not in text
    assert "?key=[redacted]&x=1" in told
    assert "[MY_TOKEN]" in told


# --- colours, and what must not steer a terminal ----------------------------------------------------------------------


def test_there_are_colours_only_where_they_are_wanted(keyless: Project) -> None:
    assert not ANSI.search(keyless.run("plan").text)
    assert ANSI.search(keyless.run("plan", "--color", "always").out)
    assert ANSI.search(keyless.run("plan", "nope", "--color", "always").err)


def test_nothing_that_a_spec_says_steers_the_terminal(keyless: Project) -> None:
    keyless.spec("all", 'assets:\n  art: {prompt: x, alt: "red \\e[31m alert \\e]0;title\\a \\e[2J \\u202e gnp"}\n')
    out = keyless.run("show", "art").ends(0).out
    assert "\\x1b]0;title\\x07 \\x1b[2J \\u202e gnp" in out
    assert "\x1b" not in out


def test_harmless_text_is_printed_as_it_is() -> None:
    assert safe("tab\tline\nüñí 🎨") == "tab\tline\nüñí 🎨"
    assert safe("\r\x08\x1b[2J\x9b \x1b[8mhidden\x1b[0m") == "\\r\\x08\\x1b[2J\\x9b \\x1b[8mhidden\\x1b[0m"


def test_only_our_own_colours_reach_the_terminal(project: Project) -> None:
    project.spec("all", 'assets:\n  art: {prompt: "gnp \\u202e", alt: "\\e[8mHIDDEN"}\n').build()
    project.run("protect", "art", "--note", "\x1b[8mHIDDEN \x9b")
    for argv in [["show", "art"], ["takes", "art"], ["explain", "art"], ["plan", "--markdown"], ["plan"]]:
        ran = project.run(*argv, "--color", "always").ends(0)
        assert "\x1b[8m" not in ran.text
        assert "\u202e" not in ran.text
    assert "\x1b[1" in ran.out
    assert "\x9b" not in project.run("show", "art", "--json").out


def test_the_name_of_a_file_cannot_pass_for_a_line_of_ours(keyless: Project) -> None:
    keyless.write("specs/a\nerror: all is lost\x1b[8m.yaml", "assets: {x: {promt: y}}\n")
    ran = keyless.plan("--color", "always").ends(2)
    assert "\nerror: all is lost" not in ran.err
    assert "\x1b[8m" not in ran.err


def test_prose_is_broken_between_words_and_never_inside_a_command() -> None:
    text = "set it and `pipeline build --redraw-missing a/long/id` pays for another"
    assert wrapped(text, 50, indent="  ") == [
        "  set it and",
        "  `pipeline build --redraw-missing a/long/id` pays",
        "  for another",
    ]
    assert wrapped("x" * 90, 80) == ["x" * 90]
    assert wrapped("", 80) == []


# --- plan -------------------------------------------------------------------------------------------------------------


def test_a_plan_says_what_why_and_how_much(project: Project) -> None:
    assert squeezed(project.plan().ends(0).out) == squeezed(
        """\
To draw (2)
  art  $0.134  new
  icon  $0.034  new

May be drawn after them (1)
  hero  <= $0.329  refers to `art`, which changes first

Plan: 2 to draw, up to 1 more after them.
Cost: $0.168 by the table of 2026-10-07 for the 2; at most $0.755 for all.
The same on `gemini-nano-banana-2.1` would be $0.067."""
    )


def test_when_nothing_is_to_do_it_says_so_and_how_to_draw_all_the_same(project: Project) -> None:
    project.build().draws(3)
    ran = project.plan("--exit-code").ends(0)
    assert ran.out == "Nothing to do: 3 assets are fresh.\n`pipeline reroll ID` marks one to be drawn anew.\n"
    assert project.build().draws(0).out == "Nothing to do: 3 assets are fresh.\n"


def test_without_a_key_a_plan_says_what_drawing_would_cost(keyless: Project) -> None:
    out = keyless.plan().ends(0).out
    assert "Placeholders to place (3)\n" in out
    assert "Plan: 3 placeholders to place.\nNo credentials for Gemini: set GEMINI_API_KEY" in out
    assert "With a key: 2 to draw, up to 1 more after them.\nCost: $0.168 by the table" in out
    keyless.build().ends(0).says("3 placeholders placed")
    out = keyless.plan().out
    assert out.startswith("3 placeholders stand in for pictures.\nNo credentials")
    assert max(map(len, out.splitlines())) <= 80
    # A person with a key has something to do: that is what the exit code is for.
    keyless.plan("--exit-code").ends(4)


def test_what_hangs_on_a_placeholder_says_so(keyless: Project) -> None:
    assert "  hero  refers to `art`, a placeholder\n" in keyless.plan().out
    assert keyless.plan("--json").json["steps"][-1]["reasons"][0]["kind"] == "upstream_placeholder"


def test_a_quiet_plan_is_what_it_comes_to(project: Project, keyless: Project) -> None:
    told = "2 to draw, up to 1 more after them.\nCost: $0.168"
    assert project.plan("-q").out.startswith(f"Plan: {told}")
    assert keyless.plan("-q").out.startswith(f"Plan: 3 placeholders to place.\nWith a key: {told}")
    project.build()
    ran = project.plan("-q")
    assert (ran.out, ran.err) == ("Nothing to do: 3 assets are fresh.\n", "")


def test_of_many_rows_that_say_the_same_there_is_a_count(keyless: Project) -> None:
    keyless.spec("all", "".join(["assets:\n", *(f"  a{n}: {{prompt: x{n}}}\n" for n in range(30))]))
    out = keyless.plan().ends(0).out
    assert out.count(" new\n") == 20
    assert "  and 10 more; -v shows all\n" in out
    assert keyless.plan("-v").out.count(" new\n") == 30
    keyless.spec("all", "".join(["assets:\n", *(f"  a{n}: {{promt: x{n}}}\n" for n in range(30))]))
    ran = keyless.plan().ends(2)
    assert ran.err.count(": error: ") == 20
    ran.says("and 10 more like these; -v shows all", "error: 30 errors in the specs")


def test_what_mends_many_is_told_once(project: Project) -> None:
    project.build()
    project.remove(".pipeline", "output")
    out = project.plan().out
    assert out.count("its take is nowhere in reach\n") == 3
    assert out.count("--redraw-missing") == 1
    assert "`pipeline build --redraw-missing art icon hero` pays for others" in re.sub(r"\s+", " ", out)


def test_a_plan_over_the_budget_says_what_allows_it(project: Project) -> None:
    project.settings("budget: {per_build: 0.10}\n")
    project.plan().says("The budget of $0.10 a build refuses this; `--max-cost 0.76` allows all of it.")
    ran = project.build().ends(3).draws(0)
    assert "--max-cost" in ran.err


def test_the_json_of_a_plan_is_stable(project: Project) -> None:
    plan = project.plan("--json").ends(0).json
    assert list(plan) == [
        *("version", "profile", "draws", "why_not", "steps", "counts", "price", "with_key", "cheaper"),
        *("measured", "budget", "settled", "bundles", "undeclared", "warnings"),
    ]
    assert plan["version"] == 1
    art, icon, hero = plan["steps"]
    assert list(art) == ["asset", "state", "action", "reasons", "request", "take", "count", "path", "model", "price"]
    assert (art["asset"], art["state"], art["action"]) == ("art", "stale", "draw")
    assert art["reasons"] == [{"kind": "new", "text": "new"}]
    assert hero["request"] is None
    assert hero["reasons"][0]["assets"] == ["art"]
    assert plan["price"]["certain_draws"] == 2
    assert plan["price"]["table_micro_usd"] == art["price"]["table_micro_usd"] + icon["price"]["table_micro_usd"]
    assert plan["settled"] is False


def test_a_plan_for_a_pull_request_cannot_break_the_page(project: Project) -> None:
    project.spec("all", 'assets:\n  art: {prompt: "A | b `c` ```` <script> @someone &amp; **x**"}\n').build()
    project.spec("all", 'assets:\n  art: {prompt: "A | b `c` ````` <script> @someone &amp; **x**", model: odd-one}\n')
    page = project.plan("--markdown").ends(0).out
    outside, fenced = [], False
    for line in page.splitlines():
        if line.startswith("``````"):
            fenced = not fenced
        elif not fenced:
            outside.append(line)
    assert not fenced
    text = "\n".join(outside)
    assert "<script>" not in text
    assert "@someone" not in text
    assert "<b>" not in text
    rows = [line for line in outside if line.startswith("| <code>")]
    assert len(rows) == 1
    assert rows[0].count("|") == 5
    assert "- ````" in page
    assert "+ `````" in page


# --- build ------------------------------------------------------------------------------------------------------------


def test_a_build_tells_each_thing_and_then_all(project: Project) -> None:
    first, *built, last = squeezed(project.build("-j", "1").ends(0).draws(3).out).splitlines()
    assert first == "2 pictures to draw, up to 1 more after them: $0.168 by the table, at most $0.755."
    assert [re.sub(r"\$0\.\d+", "MONEY", line.replace(" in TIME", "")) for line in sorted(built)] == [
        "built  art  output/art.jpg  MONEY",
        "built  hero  output/hero.jpg  MONEY",
        "built  icon  output/icon.jpg  MONEY",
    ]
    assert re.fullmatch(r"Done: 3 built\. Spent \$0\.\d+\.", last)
    project.remove("output/art.jpg")
    assert squeezed(project.build().ends(0).draws(0).out) == (
        "restored  art  output/art.jpg\nDone: 1 restored, 2 fresh."
    )


def test_quiet_is_the_last_line_only(keyless: Project) -> None:
    ran = keyless.build("-q").ends(0)
    assert (ran.out, ran.err) == ("Done: 3 placeholders placed.\n", "")
    assert keyless.build("-q").out == "Nothing to do: 3 placeholders from before.\n"


def test_a_failure_is_told_at_once_and_at_the_end(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY"))
    ran = project.build("-j", "1").ends(1).draws(1)
    assert squeezed(ran.err).startswith("failed  art  ")
    assert "IMAGE_SAFETY" in ran.err
    assert "Failed (1)\n  art" in ran.out
    assert "Not tried (1)\n  hero" in ran.out
    assert "not tried: not tried" not in ran.out
    assert re.search(r"\nDone: 1 built, 1 failed, 1 not tried\. Spent \$0\.\d+\.\n$", ran.out)


def test_what_is_held_is_told_with_the_command_that_mends_it(project: Project) -> None:
    project.build().draws(3)
    project.write("output/icon.jpg", b"mine").run("protect", "hero")
    project.replace("specs/all.yaml", "A hero", "A heroine")
    out = project.build().ends(0).draws(0).out
    assert out == (
        "Held (1)\n"
        "  hero  the prompt changed; protected: `pipeline keep hero` accepts the picture as it is, "
        "`pipeline reroll hero` has another drawn\n"
        "Edited (1)\n"
        "  icon  changed by hand; `pipeline adopt icon` keeps your version, "
        "`pipeline restore icon` puts the built one back\n"
        "Nothing to do: 1 held, 1 edited and 1 fresh.\n"
    )


def test_a_build_for_programs_is_a_document_a_line(project: Project) -> None:
    lines = [json.loads(line) for line in project.build("--json").ends(0).out.splitlines()]
    assert lines[0]["event"] == "planned"
    assert {"drawing", "drawn", "built"} <= {line["event"] for line in lines}
    last = lines[-1]
    assert (last["event"], last["version"], last["exit_code"]) == ("summary", 1, 0)
    assert last["counts"] == {"built": 3}
    assert last["spent_micro_usd"] == sum(line["cost_micro_usd"] for line in lines if line["event"] == "drawn")
    assert [asset["did"] for asset in last["assets"]] == ["built"] * 3


def test_frozen_names_what_only_a_placeholder_stands_for(keyless: Project) -> None:
    keyless.build()
    out = keyless.build("--frozen").ends(4).out
    assert "Only placeholders (3)\n  art   new\n" in out
    assert "  hero  refers to `art`, a placeholder\n" in out


def test_where_placeholders_are_not_wanted_it_is_told_what_to_set(keyless: Project) -> None:
    assert "GEMINI_API_KEY" in keyless.build("--no-placeholders").ends(1).out
    assert "GEMINI_API_KEY" in keyless.build("--no-placeholders", "-q").ends(1).out


def test_frozen_names_what_is_not_fresh(project: Project) -> None:
    ran = project.build("--frozen").ends(4).draws(0)
    assert "art   would be drawn: new\n" in ran.out
    assert ran.out.endswith("--frozen is not enough: 3 stale.\n")
    assert project.outputs == {}


# --- on a terminal ----------------------------------------------------------------------------------------------------


def on_a_terminal(project: Project, answer: str, *argv: str) -> tuple[int, str]:
    """The command on a terminal of its own, and everything it printed; `answer` is typed when it asks."""
    assert project.server
    environ = _environ(TERM="xterm-256color", COLUMNS="100", LINES="30", **project.server.environ)
    environ.pop("NO_COLOR", None)
    master, slave = pty.openpty()
    with subprocess.Popen(
        _command(project.folder, *argv), env=environ, stdin=slave, stdout=slave, stderr=slave, close_fds=True
    ) as process:
        os.close(slave)
        told = b""
        while select.select([master], [], [], 30)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not data:
                break
            told += data
            if b"[y/N]" in told and answer:
                os.write(master, answer.encode())
                answer = ""
    os.close(master)
    return process.returncode, told.decode("utf-8", "replace").replace("\r\n", "\n")


def test_a_dear_build_asks_and_no_is_the_answer_when_there_is_none(project: Project) -> None:
    project.settings("budget: {ask_above: 0.10}\n")
    code, told = on_a_terminal(project, "\n", "build")
    assert code == 1
    assert told.count("2 pictures to draw, up to 1 more after them: $0.168 by the table, at most $0.755.") == 1
    assert "not confirmed: nothing was drawn" in told
    assert project.outputs == {}


def test_yes_draws_with_progress(project: Project) -> None:
    project.settings("budget: {ask_above: 0.10}\n")
    code, told = on_a_terminal(project, "y\n", "build")
    assert code == 0
    assert "━" in told
    assert re.search(r"\d of 3", told)
    assert " spent" in told
    assert "drawing " in told
    assert "Done: 3 built. Spent $" in told


def test_nobody_is_asked_who_said_yes_or_is_no_terminal(project: Project) -> None:
    project.settings("budget: {ask_above: 0.01}\n")
    code, told = on_a_terminal(project, "", "build", "icon", "--yes", "--color", "never")
    assert code == 0
    assert "[y/N]" not in told
    assert "\x1b[3" not in told
    project.build().ends(0).draws(2)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_list_is_a_line_an_asset(project: Project) -> None:
    project.build("icon")
    assert project.run("list").ends(0).out == (
        "art   stale  gemini-3-pro-image      1024x1024  output/art.jpg\n"
        "hero  stale  gemini-3-pro-image      1024x1024  output/hero.jpg\n"
        "icon  fresh  gemini-nano-banana-2.1  1024x1024  output/icon.jpg\n"
    )
    assert [a["asset"] for a in project.run("list", "--json", "state:fresh").json["assets"]] == ["icon"]


CHAIN = """\
assets:
  a: {prompt: A}
  b: {prompt: "B {{ ref('a') }}"}
  c: {prompt: "C {{ ref('a') }} {{ ref('b') }}"}
  d: {prompt: D, after: [c]}
"""


def test_a_graph_has_four_forms(keyless: Project) -> None:
    keyless.spec("all", CHAIN)
    assert keyless.run("graph").out == "a\n  b\n    c\n      d (after)\n  c (see above)\n"
    assert keyless.run("graph", "--format", "dot").out == (
        "digraph assets {\n  rankdir=LR;\n  node [shape=box];\n"
        '  "a";\n  "b";\n  "c";\n  "d";\n'
        '  "a" -> "b";\n  "a" -> "c";\n  "b" -> "c";\n  "c" -> "d" [style=dashed];\n}\n'
    )
    assert keyless.run("graph", "--format", "mermaid", "b", "c").out == (
        'graph LR\n  a0["b"]\n  a1["c"]\n  a0 --> a1\n'
    )
    by_json = keyless.run("graph", "--json").json
    assert by_json["assets"][2]["upstream"] == ["a", "b"]
    assert by_json["assets"][3]["after"] == ["c"]


def test_a_graph_ends_in_what_is_made_of_many_assets(keyless: Project) -> None:
    keyless.spec("all", CHAIN + "sheets:\n  tiles: {of: [a, b]}\n")
    keyless.settings("exports: {json: assets.json}\n")
    assert keyless.run("graph").out.endswith("\nsheet tiles: a and b\nexport json: a, b, c and d\n")
    assert keyless.run("graph", "--format", "dot", "b").out == (
        'digraph assets {\n  rankdir=LR;\n  node [shape=box];\n  "b";\n'
        '  "sheet tiles" [shape=folder];\n  "b" -> "sheet tiles";\n'
        '  "export json" [shape=folder];\n  "b" -> "export json";\n}\n'
    )
    assert keyless.run("graph", "--format", "mermaid", "c").out == (
        'graph LR\n  a0["c"]\n  b0[["export json"]]\n  a0 --> b0\n'
    )
    assert keyless.run("graph", "--json").json["bundles"] == [
        {"bundle": "sheet tiles", "assets": ["a", "b"]},
        {"bundle": "export json", "assets": ["a", "b", "c", "d"]},
    ]


def test_hostile_ids_stay_inside_their_quotes() -> None:
    from pipeline.commands import graphs

    hostile = AssetId('a"];\n<b>\\')
    assert "\n".join(graphs._dot({hostile: []}, set(), {})).count("\n") == 4
    assert '  "a\\"];\\n<b>\\\\";' in list(graphs._dot({hostile: []}, set(), {}))
    (line,) = [line for line in graphs._mermaid({hostile: []}, set(), {}) if "[" in line]
    assert line == '  a0["a#34;#93;#59;#10;#60;b#62;#92;"]'


def test_show_tells_everything_by_id_or_by_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.build()
    out = project.run("show", "hero").ends(0).out
    take = project.lock["hero"]["take"]
    for told in (
        "hero  fresh\n",
        "declared     specs/all.yaml:3:3\n",
        "size         1:1 in 1K: 1024 x 1024 px, jpeg\n",
        f"image 1      `art`, the style ({project.lock['art']['take']})\n",
        f"take         {take}\n",
        "prompt, as sent\n  Image 1: the style\n\n  A hero in the style of image 1\n",
    ):
        assert told in out
    assert project.run("show", "output/hero.jpg").out == out
    assert project.run("show", "h*").out == out
    by_json = project.run("show", "hero", "--json").json
    assert (by_json["take"], by_json["state"], by_json["needed_by"]) == (take, "fresh", [])
    project.run("show", "*").ends(2).says("names 3 assets: `art`, `hero` and `icon`")


def test_takes_marks_what_is_picked_rejected_and_past(project: Project) -> None:
    project.build("icon")
    first = project.lock["icon"]["take"]
    project.run("reroll", "icon").ends(0)
    project.build("icon").draws(1)
    second = project.lock["icon"]["take"]
    project.replace("specs/all.yaml", "An icon", "Another icon").build("icon").draws(1)
    takes = {take["take"]: take for take in project.run("takes", "icon", "--json").json["takes"]}
    marks = {digest: [m for m in ("picked", "rejected", "past") if take[m]] for digest, take in takes.items()}
    assert marks == {first: ["rejected", "past"], second: ["past"], project.lock["icon"]["take"]: ["picked"]}
    lines = project.run("takes", "icon").out.splitlines()
    assert len(lines) == 3
    project.run("show", "icon").says("past 1 earlier request prompt")
    assert re.match(rf"{first[7:17]}  rejected past +20\d\d-\d\d-\d\d \d\d:\d\d \$0\.\d+ +1024x1024", lines[0])
    assert project.run("takes", "art").out == "`art` has no take yet.\n"


def test_explain_goes_down_to_the_word_and_the_reference(project: Project) -> None:
    project.build().draws(3)
    assert project.run("explain", "art").out.startswith("art: fresh\n")
    project.replace("specs/all.yaml", "at dusk", "at dawn")
    assert project.run("explain", "art").out == (
        "art: stale\n"
        "  the prompt changed\n"
        "  so a build with a key draws it\n"
        "prompt\n"
        "  Key art of a harbour at [-dusk-] {+dawn+}\n"
    )
    before = project.lock["art"]["take"][7:17]
    assert project.run("explain", "hero").out == (
        "hero: stale\n"
        "  refers to `art`, which changes first\n"
        "  so a build with a key decides about it once that is drawn\n"
        "references\n"
        f"  image 1, `art`: waits for its new take (before: {before})\n"
        "through\n"
        "  art: the prompt changed\n"
    )
    project.build("art").draws(1)
    after = project.lock["art"]["take"][7:17]
    out = project.run("explain", "hero").out
    assert f"  image 1, `art`: another picture ({before} -> {after})\n" in out
    by_json = project.run("explain", "hero", "--json").json
    assert by_json["references"][0]["after"] == project.lock["art"]["take"]


def test_what_was_kept_is_told_as_kept_with_its_note(project: Project) -> None:
    project.build("icon")
    project.replace("specs/all.yaml", "An icon", "An icon of rain")
    project.run("keep", "icon", "--note", "still right").ends(0)
    take = project.lock["icon"]["take"][7:17]
    explained = project.run("explain", "icon").out
    assert f"{take} was drawn for another request and kept for this one" in explained
    assert "  note: still right\n" in explained
    listed = project.run("takes", "icon").out
    assert f"{take}  picked kept " in listed
    assert listed.endswith("note: still right\n")
    project.run("show", "icon").says("kept drawn for another request", "note still right")


def test_explain_tells_a_changed_setting_as_before_and_after(project: Project) -> None:
    project.build("icon")
    project.replace("specs/all.yaml", "An icon,", "An icon, aspect_ratio: 16:9,")
    assert "aspect ratio\n  1:1 -> 16:9\n" in project.run("explain", "icon").out


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_decisions_say_what_they_did(project: Project) -> None:
    project.build()
    said: dict[str, Any] = {
        "protect": "`icon`: protected; only `pipeline reroll icon` makes a build draw it again\n",
        "unprotect": "`icon`: no longer protected\n",
        "approve": "`icon`: approved; what refers to it may be drawn\n",
        "reroll": "`icon`: its take is rejected; `pipeline build icon` draws it anew\n",
    }
    for command, told in said.items():
        assert project.run(command, "icon", "--note", "because").ends(0).out == told
    take = project.run("takes", "icon", "--json").json["takes"][0]["take"]
    assert project.run("pick", "icon", take[7:15], "--json").json == {
        "version": 1,
        "events": [{"event": "picked", "asset": "icon"}],
    }


def test_a_file_that_is_no_picture_is_named_and_wrong_use(project: Project) -> None:
    project.write("x.jpg", "text").build("icon")
    file = str(project.folder / "x.jpg")
    project.run("adopt", "icon", file).ends(2).says(f"`{file}` cannot be adopted: it is not a picture")


def test_takes_that_are_nowhere_make_a_pull_fail(project: Project) -> None:
    project.settings("remote: takes/\n").build("icon")
    project.remove(".pipeline", "takes", "output")
    project.run("pull").ends(1).says("1 take that the lock names is not there")


def test_a_pattern_decides_about_all_that_it_names_and_never_about_none(project: Project) -> None:
    project.build()
    assert project.run("protect", "tag:style", "i*").ends(0).out.count("protected") == 2
    project.run("reroll", "x*").ends(2).says("no asset `x*`")
    project.run("reroll", "state:failed").ends(2).says("`state:failed` names no asset now")


@pytest.mark.parametrize("line", ["plan", "build", "plan item/* tag:x", "build +hero file:specs/a.yaml"])
def test_what_is_understood_without_argparse_is_what_argparse_understands(line: str) -> None:
    plain = plainly.parse(line.split())
    assert plain is not None
    assert vars(plain) == vars(arguments.parse(line.split()))


@pytest.mark.parametrize("line", ["", "list", "plan --json", "-q build", "build -- x", "plan -C ."])
def test_what_is_not_plain_is_left_to_argparse(line: str) -> None:
    assert plainly.parse(line.split()) is None
