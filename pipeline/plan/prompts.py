"""Prompts as text, and the references in the order in which they are named.

`ref(x, role, file=false)` in a prompt declares the edge, attaches the picture and renders to "image N". A
`references:` list does it without naming the picture in the text; the list comes first, then the text in its order.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Collection, Container, Mapping
from pathlib import Path
from typing import Any, Final

from pipeline import keys
from pipeline.bulk import in_bulk
from pipeline.errors import Origin, Problem
from pipeline.frozen import replace
from pipeline.plan.references import NoReference, Target, Targets
from pipeline.spec import strays
from pipeline.spec.load import Loaded, Project, load
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.templates import RefFailed, TemplateFailed, problem_of
from pipeline.words import MATTE, Asset, AssetId, Reference, Rendered, owner_of

MAX_PROMPT: Final = 50_000
"""Characters of a rendered prompt."""

_LOOKS: Final = 10_000
"""Of how many assets with one prompt (a for_each) more than the first failure is looked for."""

_UNTOLD = "image 0"  # in the text of an asset that is not rendered to its end


def render(project: Project) -> Mapping[AssetId, Rendered]:
    """Render every prompt and resolve its references. Raises SpecErrors with all problems of all assets."""
    problems = Problems()
    rendered = _Renderer(Loaded.whole(project), problems).all()
    problems.raise_if_any()
    return rendered


def read_project(
    root: Path, profile: str | None = None, only: Collection[str] | None = None, others: Container[AssetId] = ()
) -> tuple[Project, Mapping[AssetId, Rendered]]:
    """Load a project and render it, with the problems of both told at once.

    With `only`, no other spec files are read, and they declare the assets `others`. Raises SpecErrors, and UsageError
    when there is no project or no such profile.
    """
    with in_bulk():
        loaded = load(root, profile, only)
        rendered = _Renderer(loaded, loaded.problems, others).all()
    loaded.problems.raise_if_any()
    return loaded.project, rendered


class _Renderer:
    def __init__(self, loaded: Loaded, problems: Problems, others: Container[AssetId] = ()) -> None:
        self._project = project = loaded.project
        self._lost = loaded.lost
        self._problems = problems
        # Unknown ids of these looks may be declared where something else is wrong, which is told already.
        self._unclear = [re.compile(fnmatch.translate(glob)) for glob in loaded.unclear]
        self._targets = Targets(project.settings.root, project.assets, loaded.ids, others)
        keys_told = ("prompt", "references", "after")
        used = Counter(a.origins[k] for a in project.assets.values() for k in keys_told if k in a.origins)
        self._placed: dict[tuple[object, ...], Problem] = {}
        self._looked: Counter[Origin] = Counter()
        self._shared = {origin for origin, count in used.items() if count > 1}

    def all(self) -> dict[AssetId, Rendered]:
        found = {id: self._one(asset) for id, asset in self._project.assets.items()}
        for asset in self._project.assets.values():
            self._check_points(asset, found)
        return {id: rendered for id, rendered in found.items() if rendered is not None}

    def _check_points(self, asset: Asset, found: Mapping[AssetId, Rendered | None]) -> None:
        """An axis that changes nothing would be paid for at each of its points."""
        seen: dict[tuple[str, tuple[Reference, ...]], AssetId] = {}
        for point in asset.points:
            rendered = found.get(point)
            if rendered is None:
                continue
            other = seen.setdefault((keys.normal_text(rendered.prompt), rendered.references), point)
            if other != point:
                names = " and ".join(f"`{one.partition('#')[2]}`" for one in (other, point))
                origin = asset.origins.get("candidates", asset.origin)
                hint = "use each axis in the prompt; `candidates: 3` draws the same three times"
                self._problems.add(origin, f"the points {names} ask for the same", hint, who=str(asset.id))
                return

    def _one(self, asset: Asset) -> Rendered | None:
        """One asset; None with a problem."""
        if asset.points:
            return Rendered(prompt="", points=asset.points)
        if asset.source is not None:
            return Rendered(prompt="", source=asset.source)
        before = len(self._problems)
        self._project.templates.reads.by = asset.origin.file
        attached = _Attached(asset, self._targets)
        for reference in asset.references:
            try:
                attached.add(reference)
            except NoReference as error:
                self._tell(error, reference.origin, self._who(asset, "references"))
        after = self._after(asset)
        origin = asset.origins["prompt"]
        try:
            text = self._project.templates.text(asset.prompt, asset.names, self._ref(attached, origin))
        except TemplateFailed as failed:
            self._tell_failures(asset, failed, origin)
            return None
        prompt = text.text.strip()
        self._check(asset, prompt, attached, origin)
        if len(self._problems) > before:
            return None
        return Rendered(
            prompt=asked_of(asset, prompt),
            references=attached.all(),
            after=after,
            previous=asset.previous,
            partials=text.partials,
        )

    def _tell_failures(self, asset: Asset, first: TemplateFailed, origin: Origin) -> None:
        """Tell all that fails in a prompt, but for what only follows from what is told already."""
        failures = [first]
        self._looked[origin] += 1
        if self._looked[origin] <= _LOOKS:
            ref = self._ref(_Attached(asset, self._targets), origin)
            failures += self._project.templates.failures(asset.prompt, asset.names, ref)
        for failed in failures:
            if failed.undefined not in self._lost.get(asset.id, ()):
                self._problems.add(
                    *self._problem(failed, origin), who=self._who(asset, "prompt", always=failed.file is not None)
                )

    def _problem(self, failed: TemplateFailed, origin: Origin) -> Problem:
        """A failure as a problem; its place is looked for once, however many assets share it."""
        seen = (origin, failed.file, failed.line, failed.word, failed.message, failed.hint)
        if seen not in self._placed:
            self._placed[seen] = problem_of(self._project.settings.root, origin, failed)
        return self._placed[seen]

    def _ref(self, attached: _Attached, origin: Origin) -> Any:
        def ref(*args: Any, **kwargs: Any) -> str:
            target, role, file = _arguments(*args, **kwargs)
            try:
                number = attached.add(Reference(target=target, role=role, file=file, origin=origin))
            except NoReference as error:
                if self._may_be_there(error):
                    return _UNTOLD
                raise RefFailed(error.message, error.hint, target) from None
            return keys.image_name(number)

        return ref

    def _tell(self, error: NoReference, origin: Origin, who: str) -> None:
        if not self._may_be_there(error):
            self._problems.add(origin, error.message, error.hint, who=who)

    def _may_be_there(self, error: NoReference) -> bool:
        return error.unknown is not None and any(glob.match(error.unknown) for glob in self._unclear)

    def _who(self, asset: Asset, key: str, *, always: bool = False) -> str:
        """The asset's id where the place of its key alone does not tell it: in a for_each, a default, a partial."""
        return str(asset.id) if always or asset.origins.get(key) in self._shared else ""

    def _after(self, asset: Asset) -> tuple[AssetId, ...]:
        origin = asset.origins.get("after", asset.origin)
        for id in asset.after:
            if id == asset.id:
                self._problems.add(origin, f"`{id}` cannot come after itself", "remove it from `after`")
            elif not self._targets.is_asset(id):
                self._tell(self._targets.no_asset(id), origin, self._who(asset, "after"))
        return tuple(AssetId(id) for id in asset.after)

    def _check(self, asset: Asset, prompt: str, attached: _Attached, origin: Origin) -> None:
        who = self._who(asset, "prompt")
        if not prompt:
            self._problems.add(origin, "this prompt is empty", "say what to draw", who=who)
        if len(prompt) > MAX_PROMPT:
            message = f"this prompt has {len(prompt):,} characters, more than {MAX_PROMPT:,}"
            self._problems.add(origin, message, "a model would not read it to its end", who=who)
        instruction = (asset.system_instruction, "the system instruction", "system_instruction")
        roles = [(reference.role, "a role", "references") for reference in attached.all()]
        for text, what, key in ((prompt, "this prompt", "prompt"), instruction, *roles):
            if (found := strays.in_prompt(text)) is not None:
                at = asset.origins.get(key, origin)
                message = f"{what} has the character U+{ord(found):04X} in it, which is no text"
                self._problems.add(at, message, "remove it where it comes from", who=self._who(asset, key))
        model = self._project.models.get(asset.model)
        if len(attached) + (asset.previous is not None or asset.continues is not None) > model.references:
            at = asset.origins.get("references", origin)
            message = f"`{model.id}` takes at most {model.references} references, this has {len(attached)}"
            self._problems.add(at, message, "leave some out, or draw a collage of them first", who=who)


class _Attached:
    """The pictures that one request attaches, each once, by their number."""

    def __init__(self, asset: Asset, targets: Targets) -> None:
        self._asset = asset
        self._targets = targets
        self._numbers: dict[tuple[Target, bool], int] = {}
        self._references: list[Reference] = []

    def __len__(self) -> int:
        return len(self._references)

    def all(self) -> tuple[Reference, ...]:
        return tuple(self._references)

    def add(self, reference: Reference) -> int:
        """Attach a picture, unless it is attached already; its number from 1. Raises NoReference."""
        target = self._targets.resolve(reference.target)
        if target.asset is not None and owner_of(target.asset) == self._asset.owner:
            raise NoReference(f"`{self._asset.id}` cannot refer to itself", "refer to another asset, or to a file")
        if self._targets.needs_two(target, file=reference.file):
            message = f"what `{reference.target}` makes by a matte is made of two pictures, and cannot be attached"
            raise NoReference(message, "without `file` the picture on black of the asset that is drawn is attached")
        # A file of the project is always the file itself.
        reference = replace(
            reference, asset=target.asset, path=target.path, file=reference.file and target.asset is not None
        )
        key = (target, reference.file)
        number = self._numbers.get(key)
        if number is None:
            self._references.append(reference)
            number = self._numbers[key] = len(self._references)
            return number
        known = self._references[number - 1]
        if reference.role and known.role and reference.role != known.role:
            message = f"`{reference.target}` has two roles: `{known.role}` and `{reference.role}`"
            raise NoReference(message, "one picture is attached once: give it one role that says both")
        if reference.role and not known.role:
            self._references[number - 1] = replace(known, role=reference.role)
        return number


def asked_of(asset: Asset, prompt: str) -> str:
    """The text as it is sent: of a transparent asset with what it says of the ground."""
    if not asset.ground:
        return prompt
    from pipeline import key_colors

    if asset.ground == MATTE:
        return prompt if asset.turn else key_colors.with_white_ground(prompt)
    if asset.turn or asset.continues is not None:
        return key_colors.with_same_ground(prompt)
    return key_colors.with_ground(prompt, asset.ground)


def _arguments(*args: Any, **kwargs: Any) -> tuple[str, str, bool]:
    """Target, role and file of a call of `ref()`. Raises RefFailed."""
    usage = "ref('style/key-art', 'the style to follow', file=true)"
    given = dict(zip(("x", "role", "file"), args, strict=False))
    if len(args) > 3 or not args or set(kwargs) - {"role", "file"} or set(kwargs) & set(given):
        raise RefFailed("`ref()` takes an id or a path, a role and `file`", usage, "ref")
    given |= kwargs
    target, role, file = given["x"], given.get("role"), given.get("file", False)
    if not isinstance(target, str) or not target.strip():
        shown = "empty" if isinstance(target, str) else kind_of(target)
        raise RefFailed(f"`ref()` takes an asset's id or a file's path, this is {shown}", usage, "ref")
    if not isinstance(role, str | None):
        raise RefFailed("the role of a reference is a text", usage, "ref")
    if not isinstance(file, bool):
        raise RefFailed("`file` of a reference is true or false", usage, "ref")
    return target.strip(), " ".join((role or "").split()), file
