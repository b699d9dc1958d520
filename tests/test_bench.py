"""The benchmarks run, and what they print follows from what they measured."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bench.cutouts import Errors, errors_of
from bench.projects import Edit, write_project
from bench.timing import Command, Run, Table, Target, measure
from bench.watching import makefile, verdict

ROOT = Path(__file__).parent.parent


def _runs(*seconds: float) -> list[Run]:
    return [Run(seconds=wall, cpu_seconds=wall / 2, peak_bytes=2**20) for wall in seconds]


def test_a_ratio_is_the_median_of_the_ratios_of_a_round() -> None:
    # A slow spell in the second round doubles both; it must not change the ratio.
    table = Table(title="Nothing to do", runs={"peer": _runs(1, 2, 1), "ours": _runs(3, 6, 3)})
    assert table.ratio("ours", "peer") == 3
    assert "| ours | 3,000 | 3,000 to 6,000 | 1,500 | 1 | 3.00 | 3.00 |" in table.text()


@pytest.mark.parametrize(("at_most", "verdict"), [(3, "met"), (2.9, "**missed**")])
def test_a_goal_is_met_or_missed(at_most: float, verdict: str) -> None:
    targets = [Target(ours="ours", peer="peer", at_most=at_most), Target(ours="ours", peer="absent", at_most=1)]
    table = Table(title="Nothing to do", runs={"peer": _runs(1), "ours": _runs(3)}, targets=targets)
    assert list(table.goals()) == [
        f"| Nothing to do: `ours`, times `peer` | {at_most:g} | 3.00 | 3.00 | {verdict} |",
    ]


def test_what_a_command_took_is_measured_and_what_comes_before_it_is_not(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    busy = Command(
        name="busy",
        argv=[sys.executable, "-c", f"x = b'x' * 50_000_000; open({str(ran)!r}, 'a').write('run ')"],
        folder=tmp_path,
        before=lambda: ran.write_text(ran.read_text() + "before " if ran.exists() else "before "),
    )
    (taken, *_) = measure("Busy", [busy], rounds=1).runs["busy"]
    assert ran.read_text() == "before run before run "
    assert taken.peak_bytes > 50_000_000
    assert 0 < taken.cpu_seconds <= taken.seconds * 2


@pytest.mark.parametrize(
    ("assets", "seconds", "said"),
    [(1_000, 0.1, "150 ms; measured 100 ms, met"), (10_000, 0.4, "300 ms; measured 400 ms, **missed**"), (50, 9, "")],
)
def test_a_save_has_a_goal_of_its_own_for_so_many_assets(assets: int, seconds: float, said: str) -> None:
    found = verdict(assets, _runs(seconds, seconds, 3 * seconds))
    assert said in found and bool(found) == bool(said)


def test_the_peer_of_a_watch_sends_a_request_for_each_spec_that_was_saved(tmp_path: Path) -> None:
    for path in ("specs/a.yaml", "specs/b/c.yaml", "output/x.jpg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "Makefile").write_text(makefile(tmp_path, 9))

    def asked() -> int:
        told = subprocess.run(["make", "-rn"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        return told.count("curl")

    assert asked() == 2
    subprocess.run(["make", "-rs"], cwd=tmp_path, check=True, capture_output=True)
    assert asked() == 0
    os.utime(tmp_path / "specs/b/c.yaml", ns=(2**62, 2**62))
    assert asked() == 1


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    fails = Command(name="fails", argv=[sys.executable, "-c", "exit('no such thing')"], folder=tmp_path)
    with pytest.raises(SystemExit, match=r"fails ended with 1(.|\n)*no such thing"):
        measure("Fails", [fails], rounds=1)


def test_the_same_project_is_written_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_project(tmp_path / name, 250)
    texts = [
        {path.relative_to(tmp_path / name): path.read_text() for path in (tmp_path / name).rglob("*.yaml")}
        for name in ("one", "two")
    ]
    assert texts[0] == texts[1]
    prompts = "".join(texts[0].values()).count("prompt:")
    assert (len(texts[0]), prompts) == (4, 250)


def test_each_edit_is_a_text_that_was_never_there(tmp_path: Path) -> None:
    write_project(tmp_path / "project", 5)
    edit = Edit(tmp_path / "project")
    seen = {edit.path.read_text()}
    for _ in range(3):
        edit()
        assert edit.path.read_text() not in seen
        seen.add(edit.path.read_text())
    edit.undo()
    assert edit.path.read_text() in seen


def test_the_benchmarks_run(tmp_path: Path) -> None:
    command = [sys.executable, "bench/run.py", "--assets", "10", "--rounds", "1", "--only", "nothing", "cold"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for row in ("| python -c pass |", "| pipeline build |", "| make assets |", "| plan, nothing drawn |"):
        assert row in done.stdout


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium here: `apt-get install chromium`")
@pytest.mark.timeout(180)  # it starts two servers and draws a project
def test_the_benchmark_of_the_gallery_runs() -> None:
    command = [sys.executable, "bench/gallery.py", "--assets", "12", "--rounds", "2", "--large", "12"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for row in ("| 12 | a save, to the priced plan on the page |", "| 12 | a decision, to its answer |"):
        assert row in done.stdout
    for goal in ("| The wall of 12 assets in Chromium,", "| Peak memory of the server with 12 assets, in MB | 200 |"):
        assert goal in done.stdout


def test_the_comparison_of_cut_outs_runs() -> None:
    command = [sys.executable, "-m", "bench.cutouts", "--only", "JPEG ringing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(r"^\| JPEG ringing \| 0\.\d\d / 0\.\d\d \|", done.stdout, re.MULTILINE)


def test_an_error_is_the_mean_difference_from_the_truth() -> None:
    true = Image.new("RGBA", (10, 10), (200, 100, 50, 255))
    assert errors_of(true, true) == Errors(alpha=0, seen=0)
    lacking = true.copy()
    lacking.paste((0, 0, 0, 0), (0, 0, 5, 10))
    found = errors_of(lacking, true)
    assert found.alpha == 50
    # On the dark ground a half is (16, 18, 24) in place of (200, 100, 50), on the light one (246, 244, 240).
    assert round(found.seen, 3) == round(50 * (46 + 144 + 190) / 3 / 255, 3)
