"""`init`, `schema` and `doctor`: how a project starts, and whether it stands on firm ground."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.checkup import Finding, Level
from pipeline.commands.context import Context
from pipeline.errors import PipelineError, UsageError
from pipeline.files import write_atomic

if TYPE_CHECKING:
    from pipeline.workshop import Workshop

STARTER = Path(__file__).parent.parent / "starter"
"""What `init` puts into a folder, as it stands there."""

_STORE, _VENV = "/.pipeline/", "/.venv/"
"""Lines of .gitignore."""

_BUILDS = re.compile(r"pipeline\)? build", re.IGNORECASE)
"""A line of a Makefile that builds the assets."""

_WRITABLE = "`-C DIR` names another folder"

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


# --- init -------------------------------------------------------------------------------------------------------------


def init(context: Context) -> int:
    """Make the folder a project: settings, a first spec, a Makefile, a line in .gitignore.

    What is there already is left alone. Raises UsageError where the folder cannot be written.
    """
    root = context.directory
    if root.exists() and not root.is_dir():
        raise UsageError(f"`{root}` is not a folder")
    written: list[str] = []
    left: dict[str, str] = {}
    path = "."
    try:
        for path, why in _starter_of(root):
            if why:
                left[path] = why
            else:
                write_atomic(root / path, (STARTER / path).read_bytes())
                written.append(path)
        path = ".gitignore"
        if _ignore(root / path):
            written.append(path)
    except OSError as error:
        raise UsageError(f"`{root / path}` cannot be written: {error.strerror}", hint=_WRITABLE) from None
    if context.json:
        context.tell_json({"root": str(root), "written": written, "left_alone": left})
    else:
        _tell_init(context, root, written, left)
    return 0


def _starter_of(root: Path) -> list[tuple[str, str]]:
    """Each file of the starter, and why it is not to be written ('' where it is)."""
    specs = sorted(path.name for path in (root / "specs").rglob("*") if path.suffix in (".yaml", ".yml"))
    makefile = next((name for name in _MAKEFILES if (root / name).exists()), None)
    found = []
    for path in sorted(file.relative_to(STARTER).as_posix() for file in STARTER.rglob("*") if file.is_file()):
        why = ""
        if path == "Makefile" and makefile is not None:
            found.append((makefile, "exists"))
            continue
        if path.startswith("specs/") and specs:
            # A project that has specs wants no pictures of ours among its own, at its own cost.
            why = f"there is a spec already, {specs[0]}"
        elif (root / path).exists() or (root / path).is_symlink():
            why = "exists"
        found.append((path, why))
    return found


def _ignore(path: Path) -> bool:
    """Have git ignore the local store, and a virtual environment beside it; False where it does already."""
    is_new = not path.exists()
    before = b"" if is_new else path.read_bytes()
    there = {line.strip().strip("/") for line in before.decode("utf-8", "replace").splitlines()}
    more = ""
    if _VENV.strip("/") not in there and (is_new or path.with_name(".venv").is_dir()):
        more += f"{_VENV}\n"
    if _STORE.strip("/") not in there:
        more += f"# asset-pipeline: the local store (pipeline.lock is committed)\n{_STORE}\n"
    if not more:
        return False
    gap = b"" if not before or before.endswith(b"\n") else b"\n"
    write_atomic(path.resolve(), before + gap + more.encode())
    return True


def _tell_init(context: Context, root: Path, written: list[str], left: dict[str, str]) -> None:
    for path in written:
        context.say(f"{context.paint('wrote', 'green')}       {path}")
    for path, why in left.items():
        context.say(f"{context.paint('left alone', 'dim')}  {path} ({why})")
    makefile = next((path for path in left if path in _MAKEFILES), None)
    if makefile is not None and not _BUILDS.search((root / makefile).read_text(encoding="utf-8", errors="replace")):
        command = ".venv/bin/pipeline" if (root / ".venv/bin/pipeline").exists() else "pipeline"
        context.say(f"\nTwo lines for your {makefile}:\n")
        context.say(f"assets: ; {command} build\nplan: ; {command} plan")
    if not written:
        context.say("Nothing was written: this is a project already.")
        return
    if context.quiet:
        return
    context.say("\nNext:")
    context.say("  pipeline plan     what would be drawn, and for how much: free, and needs no key")
    context.say("  pipeline build    without an API key, placeholders; with GEMINI_API_KEY set, the pictures")
    context.say("Then commit specs/, pipeline.yaml and pipeline.lock.")


# --- schema -----------------------------------------------------------------------------------------------------------


def schema(context: Context, *, output: str | None = None, settings: bool = False) -> int:
    """Give the JSON Schema of specs, or with `settings` of pipeline.yaml, for editors. Raises UsageError."""
    from pipeline.spec.json_schema import json_schema
    from pipeline.spec.schema import Place

    text = json.dumps(json_schema(Place.SETTINGS if settings else Place.FILE), indent=2, ensure_ascii=False) + "\n"
    user, folder = ("pipeline.yaml", context.directory) if settings else ("a spec", context.directory / "specs")
    where = "FILE"
    if output is None:
        context.stdout.write(text)
    else:
        path = context.here / output
        if path.is_dir():
            raise UsageError(f"`{output}` is a folder", hint="-o takes the name of a file")
        if not path.parent.is_dir():
            raise UsageError(f"`{output}` cannot be written: there is no folder `{path.parent}`", hint="make it first")
        try:
            write_atomic(path, text.encode())
        except OSError as error:
            raise UsageError(f"`{output}` cannot be written: {error.strerror}") from None
        where = Path(os.path.relpath(path, folder)).as_posix()
    if not context.quiet:
        context.warn(f"Editors that know the YAML language server use it with this first line of {user}:")
        context.warn(f"# yaml-language-server: $schema={where}")
    return 0


# --- doctor -----------------------------------------------------------------------------------------------------------


def doctor(context: Context, *, online: bool = False) -> int:
    """Tell what is set up and what is missing; 1 where something is broken. `online` makes one free call to the API."""
    findings = list(_findings(context, online=online))
    worst = max((_WEIGHT[finding.level] for finding in findings), default=0)
    if context.json:
        context.tell_json(
            {
                "ok": worst < _WEIGHT[Level.BROKEN],
                "findings": [
                    {"about": f.about, "level": str(f.level), "message": f.message, "hint": f.hint} for f in findings
                ],
            }
        )
    else:
        _tell_findings(context, findings)
    return 1 if worst == _WEIGHT[Level.BROKEN] else 0


_WEIGHT = {Level.OK: 0, Level.HINT: 1, Level.BROKEN: 2}
_STYLE = {Level.OK: "green", Level.HINT: "yellow", Level.BROKEN: "bold red"}


def _findings(context: Context, *, online: bool) -> Iterator[Finding]:
    from pipeline import keys
    from pipeline.commands import checkup, checkup_project

    yield from checkup.packages()
    shop = _shop(context)
    project, told = checkup_project.read_specs(shop) if shop else (None, [])
    generator = (project.settings.generator if project else None) or keys.GENERATOR
    api_version = project.settings.api_version if project else "v1beta"
    try:
        yield from checkup.credentials(context.environ, generator)
    except PipelineError as error:
        yield checkup.broken("credentials", error.message, error.hint)
    yield from checkup.addresses(context.environ)
    if online:
        models = project.models if project else None
        used = {models.resolve(asset.model) for asset in project.assets.values()} if project and models else set()
        yield from checkup.online(context.environ, api_version, used)
    if shop is None:
        yield checkup.hint("project", f"none in {context.directory}", "`pipeline init` makes one")
        return
    yield checkup.ok("project", f"{shop.root}" + (f", profile {shop.profile}" if shop.profile else ""))
    yield from told
    yield from checkup_project.locks(shop)
    yield from checkup_project.store(shop.root)
    if project is not None:
        yield from checkup_project.remote(shop, project)
    yield from checkup_project.git(shop, project)


def _shop(context: Context) -> Workshop | None:
    try:
        return context.shop()
    except UsageError:
        return None


def _tell_findings(context: Context, findings: list[Finding]) -> None:
    width = max(len(finding.about) for finding in findings)
    for finding in findings:
        level = context.paint(f"{finding.level:6}", _STYLE[finding.level])
        context.say(f"{level}  {finding.about:{width}}  {finding.message}")
        if finding.hint:
            context.say(f"{'':{width + 10}}{context.paint(finding.hint, 'dim')}")
