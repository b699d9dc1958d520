"""`candidates`: several takes of one asset to choose from, the same request again or a point of some axes each."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gemini_answers import cut, refused
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture

THREE = "assets: {fox: {prompt: A fox., candidates: 3}}\n"
TREE = """
assets:
  tree:
    prompt: A tree at {{ light }}, {{ season }}.
    candidates: {vary: {light: [dusk, high noon], season: [may]}}
  scene: {prompt: "With {{ ref('tree') }}."}
"""
DUSK, NOON = "tree#light=dusk,season=may", "tree#light=high-noon,season=may"


def takes(project: Project, id: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = project.run("--json", "takes", id).ends(0).json["takes"]
    return rows


# --- a number ---


def test_so_many_takes_are_drawn_at_once_and_the_first_is_picked(project: Project, server: GeminiServer) -> None:
    project.spec("fox", THREE).plan().says("3 to draw", "3 candidates", "$0.403")
    server.hold()
    with ThreadPoolExecutor() as pool:
        built = pool.submit(project.build)
        server.wait_for(3)
        server.release()
    built.result().ends(0).draws(3).says("for 3")
    assert server.most_in_flight == 3
    rows = takes(project, "fox")
    assert sorted(bool(row["picked"]) for row in rows) == [False, False, True]
    assert all(project.exists(str(row["file"])) for row in rows)
    assert set(project.lock["fox"]["takes"]) == {row["take"] for row in rows}
    assert project.lock["fox"]["takes"][0] == project.lock["fox"]["take"]
    project.build().ends(0).draws(0).says("Nothing to do")


def test_more_pays_the_difference_and_less_pays_nothing(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    pick = project.lock["fox"]["take"]
    project.spec("fox", THREE.replace("3", "5")).plan().says("2 to draw", "3 of 5 candidates")
    project.build().ends(0).draws(2)
    assert project.lock["fox"]["take"] == pick
    for count in ("1", "4", "5"):
        project.spec("fox", THREE.replace("3", count)).build().ends(0).draws(0).says("Nothing to do")


def test_a_person_picks_another_for_nothing(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    other = next(str(row["take"]) for row in takes(project, "fox") if not row["picked"])
    project.run("pick", "fox", other[7:17]).ends(0)
    project.build().ends(0).draws(0)
    assert project.lock["fox"]["take"] == other
    assert len(project.lock["fox"]["takes"]) == 3
    project.build().ends(0).draws(0).says("Nothing to do")


def test_a_reroll_rejects_all_and_draws_as_many(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    first = project.lock["fox"]["takes"]
    project.run("reroll", "fox").ends(0)
    project.build().ends(0).draws(3)
    assert sorted(project.lock["fox"]["rejected"]) == sorted(first)
    assert project.lock["fox"]["take"] not in first
    assert len(set(project.lock["fox"]["takes"]) - set(first)) == 3


def test_what_arrived_is_kept_when_one_fails_and_the_next_build_draws_the_rest(
    project: Project, server: GeminiServer
) -> None:
    server.script(refused("IMAGE_SAFETY"))
    project.spec("fox", THREE).build().ends(1).draws(2).says("1 candidate not drawn", "IMAGE_SAFETY")
    pick = project.lock["fox"]["take"]
    assert project.exists("output/fox.jpg")
    project.build().ends(0).draws(1)
    assert (project.lock["fox"]["take"], len(project.lock["fox"]["takes"])) == (pick, 3)


def test_the_budget_holds_the_candidates_that_do_not_fit(project: Project) -> None:
    project.spec("fox", THREE)
    project.build("--max-cost", "0.42").ends(3).says("candidate")
    assert len(takes(project, "fox")) == 2
    project.build().ends(0).draws(1)


def test_takes_whose_build_died_before_the_lock_was_written_are_found_again(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    before = set(project.lock["fox"]["takes"])
    project.remove("pipeline.lock", "output").build().ends(0).draws(0)
    assert set(project.lock["fox"]["takes"]) == before


def test_twins_do_not_take_one_anothers_candidates(project: Project) -> None:
    twins = "assets:\n  a: {prompt: A fox., candidates: 2}\n  b: {prompt: A fox., candidates: 2}\n"
    project.spec("fox", twins).build().ends(0).draws(4)
    before = {id: set(entry["takes"]) for id, entry in project.lock.items()}
    assert not before["a"] & before["b"]
    project.remove("pipeline.lock").build().ends(0).draws(0)
    assert {id: set(entry["takes"]) for id, entry in project.lock.items()} == before


def test_a_changed_prompt_draws_as_many_and_a_revert_brings_all_back(project: Project) -> None:
    project.spec("fox", THREE).build().draws(3)
    before = project.lock["fox"]["takes"]
    project.spec("fox", THREE.replace("A fox", "A wolf")).build().ends(0).draws(3)
    project.spec("fox", THREE).build().ends(0).draws(0)
    assert project.lock["fox"]["takes"] == before


def test_what_refers_to_it_is_not_drawn_again_for_more_candidates(project: Project) -> None:
    two = "assets:\n  fox: {prompt: A fox., candidates: 1}\n  den: {prompt: \"Of {{ ref('fox') }}.\"}\n"
    project.spec("fox", two).build().draws(2)
    project.spec("fox", two.replace("candidates: 1", "candidates: 3"))
    assert project.run("--json", "plan").json["price"]["possible_draws"] == 0
    project.build().ends(0).draws(2)


def test_candidates_are_added_to_a_pick_of_which_only_the_derived_file_is_left(project: Project) -> None:
    fox = "assets: {fox: {prompt: A fox., format: png, candidates: 1}}\n"
    project.spec("fox", fox).build().ends(0).draws(1)
    pick, file = project.lock["fox"]["take"], project.read("output/fox.png")
    project.remove(".pipeline")
    project.spec("fox", fox.replace("candidates: 1", "candidates: 2")).build().ends(0).draws(1)
    assert (project.lock["fox"]["take"], project.read("output/fox.png")) == (pick, file)
    assert len(project.lock["fox"]["takes"]) == 2
    project.plan().says("Nothing to do")


def test_a_protected_pick_gets_no_further_candidates(project: Project) -> None:
    project.spec("fox", "assets: {fox: {prompt: A fox.}}\n").build().draws(1)
    project.run("protect", "fox").ends(0)
    project.spec("fox", THREE).build().ends(0).draws(0)


# --- axes ---


def test_a_take_is_drawn_for_each_point_and_the_first_is_used(project: Project, server: GeminiServer) -> None:
    project.spec("tree", TREE).build().ends(0).draws(3)
    prompts = sorted(request.prompt for request in server.requests)
    assert prompts == ["A tree at dusk, may.", "A tree at high noon, may.", "With image 1."]
    assert project.lock["tree"]["take"] == project.lock[DUSK]["take"]
    assert sorted(project.outputs) == ["scene.jpg", "tree.jpg"]
    assert [row["varied"] for row in takes(project, "tree")].count({"light": "dusk", "season": "may"}) == 1
    project.build().ends(0).draws(0).says("Nothing to do: 2 assets are fresh")


def test_a_picked_point_is_used_and_stays_chosen_when_the_prompt_changes(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    noon = project.lock[NOON]["take"]
    project.run("pick", "tree", noon[7:17]).ends(0)
    project.build().ends(0).draws(1)  # the scene refers to it
    assert project.lock["tree"]["take"] == noon
    assert "of" not in project.lock["tree"]
    project.replace("specs/tree.yaml", "A tree", "An oak").build().ends(0).draws(3)
    assert project.lock["tree"]["take"] == project.lock[NOON]["take"] != noon
    project.build().ends(0).draws(0)


def test_a_point_more_pays_for_that_point(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    project.replace("specs/tree.yaml", "[may]", "[may, june]").build().ends(0).draws(2)
    project.replace("specs/tree.yaml", "[may, june]", "[may]").build().ends(0).draws(0)
    assert project.lock["tree"]["take"] == project.lock[DUSK]["take"]


def test_a_reroll_means_every_point_and_a_point_has_a_name_of_its_own(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    project.run("reroll", NOON).ends(0)
    project.build().ends(0).draws(1)
    project.run("reroll", "tree").ends(0)
    project.build().ends(0).draws(3)
    project.build().ends(0).draws(0)


def test_a_rejected_point_can_be_picked_again(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    first = project.lock[DUSK]["take"]
    project.run("reroll", "tree").ends(0)
    project.run("pick", "tree", first[7:17]).ends(0)
    project.build().ends(0).draws(1)  # the point that is still rejected
    assert project.lock["tree"]["take"] == first


def test_the_next_point_is_used_where_the_first_is_refused(project: Project, server: GeminiServer) -> None:
    server.script(refused("IMAGE_SAFETY"))
    project.spec("tree", TREE).build("-j", "1").ends(1).draws(2).says(DUSK, "IMAGE_SAFETY")
    assert project.lock["tree"]["take"] == project.lock[NOON]["take"]


def test_points_of_a_protected_asset_are_not_drawn(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    project.run("protect", "tree").ends(0)
    project.replace("specs/tree.yaml", "A tree", "An oak").build().ends(0).draws(0).says("protected")


def test_points_belong_to_the_last_turn_of_a_conversation(project: Project, server: GeminiServer) -> None:
    spec = "assets:\n  tree:\n    prompt: A tree.\n    refine: ['At {{ light }}.']\n"
    project.spec("tree", f"{spec}    candidates: {{vary: {{light: [dusk, noon]}}}}\n").build().ends(0).draws(3)
    assert set(project.lock) == {"tree", "tree#0", "tree#light=dusk", "tree#light=noon"}
    assert [len(request.snake["contents"]) for request in server.requests] == [1, 3, 3]
    # A note goes on from the point that is picked.
    project.run("refine", "tree", "more leaves").ends(0)
    project.build().ends(0).draws(1)
    assert len(server.requests[-1].snake["contents"]) == 5


def test_a_renamed_asset_takes_its_points_along(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    project.spec("tree", TREE.replace("tree:", "oak:").replace("ref('tree')", "ref('oak')"))
    project.build("--prune").ends(0).draws(0)
    assert set(project.lock) == {id.replace("tree", "oak") for id in ("tree", DUSK, NOON)} | {"scene"}


def test_a_renamed_asset_keeps_the_point_that_a_person_picked(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    noon = project.lock[NOON]["take"]
    project.run("pick", "tree", noon[7:17]).ends(0)
    project.build().draws(1)
    project.spec(
        "tree",
        TREE.replace("tree:", "oak:").replace("ref('tree')", "ref('oak')").replace("[may]}}", "[may]}}\n    was: tree"),
    )
    project.build().ends(0).draws(0)
    assert project.lock["oak"]["take"] == noon


def test_a_note_goes_on_from_the_picked_point_and_undo_brings_it_back(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    noon = project.lock[NOON]["take"]
    project.run("pick", "tree", noon[7:17]).ends(0)
    project.build().draws(1)
    before = project.outputs
    project.run("refine", "tree", "more leaves").ends(0)
    project.build().ends(0).draws(2)
    assert project.lock["tree#0"]["take"] == noon
    project.run("refine", "tree", "--undo").ends(0)
    project.build().ends(0).draws(0)
    assert project.outputs == before


def test_a_note_goes_on_from_what_was_adopted_for_an_asset_with_points(project: Project, server: GeminiServer) -> None:
    project.spec("tree", TREE).build().draws(3)
    mine = a_picture("navy", "JPEG")
    project.write("output/tree.jpg", mine).run("adopt", "tree").ends(0)
    project.run("refine", "tree", "more leaves").ends(0)
    project.build().ends(0)
    assert any(request.references == [mine] for request in server.requests)
    project.run("refine", "tree", "--undo").ends(0)
    project.build().ends(0)
    assert project.read("output/tree.jpg") == mine


def test_a_rerolled_point_in_use_is_replaced_by_its_new_take(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    project.run("reroll", DUSK).ends(0)
    assert project.run("--json", "plan").json["price"]["possible_draws"] == 1
    project.build().ends(0).draws(2)
    assert project.lock["tree"]["take"] == project.lock[DUSK]["take"]
    assert project.lock["tree"]["take"] not in project.lock[DUSK]["rejected"]
    project.build().ends(0).draws(0).says("Nothing to do")


def test_points_go_only_with_their_asset(project: Project) -> None:
    vary = "candidates: {vary: {v: [x, y]}}"
    project.spec("c", f"assets: {{c: {{prompt: 'P {{{{ v }}}}', {vary}}}}}\n").build().draws(2)
    both = f"assets:\n  c: {{prompt: Q}}\n  b: {{prompt: 'P {{{{ v }}}}', {vary}}}\n"
    project.spec("c", both).build().ends(0).draws(3)
    assert {"b.jpg", "c.jpg"} == set(project.outputs)
    project.build().ends(0).draws(0).says("Nothing to do: 2 assets")


def test_two_branches_that_pick_other_points_are_a_conflict(project: Project) -> None:
    project.as_repository().spec("tree", TREE.replace("[dusk, high noon]", "[dusk, noon, dawn]")).build().draws(4)
    project.commit()
    for branch, light in (("one", "noon"), ("two", "dawn")):
        project.git("switch", "-q", "-c", branch, "main")
        take = project.lock[f"tree#light={light},season=may"]["take"]
        project.run("pick", "tree", take[7:19]).ends(0)
        project.commit()
    with pytest.raises(subprocess.CalledProcessError):
        project.git("merge", "-q", "one")
    project.build("tree").ends(0).draws(0).says("pipeline pick")
    project.run("pick", "tree", take[7:19]).ends(0)
    assert project.lock["tree"]["take"] == take


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ("0", "`candidates` is from 1 to 100"),
        ("many", "`candidates` is a whole number"),
        ("{}", "with `vary`"),
        ("{vary: {}}", "mapping of axes"),
        ("{vary: {light: dusk}}", "the axis `light` is a list"),
        ("{vary: {light: []}}", "an empty list"),
        ("{vary: {light: [yes, no, {a: 1}]}}", "a text or a number"),
        ("{vary: {light: ['!', b]}}", "no letter or digit"),
        ("{vary: {light: [Dusk, dusk]}}", "two points"),
        ("{vary: {ref: [a]}}", "ref"),
        ("{vary: {shade: [a]}}", "light"),
        ("{vary: {light: [a], shade: [b, c]}}", "ask for the same"),
        ('\'{{ {"vary": {"light": [1]}} }}\'', "gives `candidates` a number"),
        ("{vary: {light: [a]}, of: 3}", "`of` is not a key of `candidates`"),
    ],
)
def test_wrong_candidates_are_told(project: Project, candidates: str, said: str) -> None:
    project.spec("tree", f"assets:\n  tree:\n    prompt: At {{{{ light }}}}.\n    candidates: {candidates}\n")
    project.plan().ends(2).says(said)


def test_a_point_whose_take_a_person_brought_settles_and_a_note_goes_on_from_it(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    project.write("mine.jpg", a_picture("navy", "JPEG", (1024, 1024)))
    project.run("adopt", DUSK, str(project.folder / "mine.jpg"), "--take").ends(0)
    project.build().ends(0)
    assert project.lock["tree"]["take"] == project.lock[DUSK]["take"]
    project.run("refine", "tree", "more leaves").ends(0)
    project.build().ends(0).draws(2)
    project.build().ends(0).draws(0).says("Nothing to do")


def test_lost_calls_are_repeated_no_oftener_than_the_plan_reckons_with(project: Project, server: GeminiServer) -> None:
    project.spec("fox", "assets: {fox: {prompt: A fox.}}\n").build().draws(1)
    server.script(cut(), cut(), cut())
    project.spec("fox", "assets: {fox: {prompt: A fox., candidates: 2}}\n")
    assert project.build().ends(1).asked == 2


def test_a_renamed_asset_can_be_rerolled_before_its_next_build(project: Project) -> None:
    project.spec("tree", TREE).build().draws(3)
    first = {project.lock[id]["take"] for id in (DUSK, NOON)}
    oak = TREE.replace("tree:", "oak:").replace("ref('tree')", "ref('oak')")
    project.spec("tree", oak.replace("[may]}}", "[may]}}\n    was: tree")).run("reroll", "oak").ends(0)
    project.build().ends(0).draws(3)
    assert not first & {entry["take"] for entry in project.lock.values()}
