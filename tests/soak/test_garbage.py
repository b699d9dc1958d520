"""A file of the tool's own that is not what it was: it mends itself, or the error names the file and the remedy.

Never a traceback, never a paid call that the plan before did not announce, never a wrong picture in output/.
"""

from __future__ import annotations

import itertools
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gemini_server import GeminiServer
from tests.project import Project, Ran
from tests.soak.garbage import SPOILS, kind_of
from tests.soak.reconcile import digest_of, sha

SPEC = """\
assets:
  art: {prompt: Art of a harbour.}
  hero: {prompt: "A hero like {{ ref('art') }}.", format: png}
  lamp: {prompt: A lamp.}
"""

Built = dict[str, tuple[Project, dict[str, bytes]]]


def _lose(file: Path) -> None:
    if file.exists():  # what spoiled it may have moved it away
        file.replace(file.with_name("lost"))


# What happens next to a project whose files are spoiled.
NEXT = {
    "nothing": lambda project: None,
    "no outputs": lambda project: shutil.rmtree(project.folder / "output"),
    "a new asset": lambda project: project.spec("more", "assets: {crest: {prompt: \"A crest of {{ ref('art') }}.\"}}"),
    "a lost lock": lambda project: _lose(project.folder / "pipeline.lock"),
    "a reroll": lambda project: project.run("reroll", "lamp"),
}


@pytest.fixture(scope="module")
def served() -> Iterator[GeminiServer]:
    with GeminiServer() as server:
        yield server


@pytest.fixture(scope="module")
def built(
    served: GeminiServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Project, dict[str, bytes]]]:
    """The project as it is before anything is spoiled, without and with a remote; and its outputs."""
    found = {}
    for name, settings in (("alone", ""), ("shared", "remote: takes/\n")):
        project = Project(tmp_path_factory.mktemp(name) / "project", served).settings(
            f"{settings}defaults: {{model: gemini-nano-banana-2.1}}\n"
        )
        project.spec("all", SPEC).build().ends(0).draws(3)
        found[name] = (project, project.outputs)
    return found


def own_files(project: Project) -> list[str]:
    """All but the states: they are not looked into in a copy of a project, and these are copies."""
    local = project.folder / ".pipeline"
    files = [file for file in local.rglob("*") if file.is_file() and file.name != ".room" and "state" not in file.parts]
    return [*sorted(file.relative_to(project.folder).as_posix() for file in files), "pipeline.lock"]


def cases(count: int, seed: int, files: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """A walk through all there is: kinds of files, then what becomes of one, what happens next, and the remote."""
    chance = random.Random(seed)
    every = list(itertools.product(files, SPOILS, NEXT, ("alone", "shared")))
    chance.shuffle(every)
    # Rare kinds of files (there is one lock, and a dozen objects) come up as often as the others.
    seen: Counter[tuple[str, str]] = Counter()
    ranked = []
    for case in every:
        at = (kind_of(case[0]), case[1])
        seen[at] += 1
        ranked.append((seen[at], case))
    ranked.sort(key=lambda pair: pair[0])
    yield from (case for _, case in ranked[:count])


def announced(ran: Ran) -> int:
    """How many pictures a plan says it would draw at most."""
    price = ran.json["price"]
    return int(price["certain_draws"] + price["possible_draws"])


REMEDIES = (
    "move it away",
    "move the folder away",
    "move the link away",
    "make it readable",
    "restore or delete it",
    "git lfs pull",
    "git checkout",
    "take the file back from git",
    "--redraw-missing",
    "may you read and write there",
)


def is_told(ran: Ran, file: str) -> bool:
    """Whether an error is one a person can act on: it names the file, or the asset that is missing, and a remedy."""
    text = " ".join(ran.text.replace(str(ran.project.folder), "").split())
    named = file in text or file.rsplit("/", 1)[-1] in text or "its take is nowhere in reach" in text
    return named and any(remedy in text for remedy in REMEDIES) and "[Errno" not in text


LOOKS = (["list"], ["costs"], ["takes", "art"], ["explain", "hero"], ["show", "lamp"], ["plan"])
SHARDS = 2


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_spoiled_file_mends_itself_or_is_told(
    tmp_path: Path,
    served: GeminiServer,
    built: Built,
    soak: int,
    shard: int,
) -> None:
    failures = []
    for number, (file, spoil, then, kind) in enumerate(cases(soak, 7, own_files(built["alone"][0]))):
        if number % SHARDS != shard:
            continue
        original, outputs = built[kind]
        project = Project(tmp_path / str(number), served)
        shutil.copytree(original.folder, project.folder, dirs_exist_ok=True)
        # The two projects hold other takes: the file of the same kind and rank.
        mine = dict(zip(own_files(built["alone"][0]), own_files(original), strict=True))[file]
        chance = random.Random(f"{number}")
        other = project.folder / chance.choice([f for f in own_files(project) if f != mine])
        case = f"{number}: {mine} {spoil}, then {then}, {kind}"
        SPOILS[spoil](project.folder / mine, chance, other)
        NEXT[then](project)
        try:
            _check(project, served, outputs, mine)
        except AssertionError as error:
            failures.append(f"{case}\n    {error}")
        shutil.rmtree(project.folder)
    assert not failures, f"{len(failures)} failures\n" + "\n".join(failures)


def _check(project: Project, served: GeminiServer, outputs: dict[str, bytes], file: str) -> None:
    looks = [
        project.run(*look) for look in (["list"], ["costs"], ["takes", "art"], ["explain", "hero"], ["show", "lamp"])
    ]
    for look in looks:
        assert look.code in (0, 1, 2) and "Traceback" not in look.text, f"look ended {look.code}: {look.text}"
        assert look.code == 0 or is_told(look, file), f"a look is not told: {look.text}"
    plan = project.run("--json", "plan")
    assert plan.code in (0, 1, 2), f"plan ended {plan.code}: {plan.text}"
    built = project.build()
    assert built.code in (0, 1, 2), f"build ended {built.code}: {built.text}"
    served.settle()
    if plan.code == 0:
        assert built.paid <= announced(plan), f"{built.paid} paid, {announced(plan)} announced: {built.text}"
    else:
        assert built.paid == 0, f"paid where the plan failed: {plan.text} {built.text}"
        assert is_told(plan, file), f"not told by plan: {plan.text}"
    if built.code:
        assert is_told(built, file), f"not told by build: {built.text}"
    drawn = {digest_of(answered) for answered in served.answers}
    for name, data in project.outputs.items() if (project.folder / "output").is_dir() else ():
        known = outputs.get(name) == data or sha(data) in drawn
        assert known or (name == "hero.png" and built.paid), f"a wrong picture in {name}"
    if built.code == 0:
        again = project.build()
        assert again.code == 0 and again.paid == 0 and "Nothing to do" in again.text, f"not settled: {again.text}"
