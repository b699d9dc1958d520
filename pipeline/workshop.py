"""Everything from outside that a command works with, wired once: project, lock, store, outputs, ledger, environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bulk import in_bulk
from pipeline.digest import of_bytes, short
from pipeline.errors import PipelineError, Problem, StoreError, UsageError
from pipeline.files import is_locked, write_atomic
from pipeline.frozen import dataclass, replace
from pipeline.looks import row_of
from pipeline.plan import prompts
from pipeline.plan.decision import Draft
from pipeline.plan.graph import Graph, graph_of
from pipeline.plan.kept_turns import with_kept_turns
from pipeline.plan.known import Claims, Known, Mode
from pipeline.plan.planner import Outlook
from pipeline.plan.wanted import places_of
from pipeline.rest import Rest
from pipeline.spec.load import Project
from pipeline.store.entry import Entry
from pipeline.store.ledger import Ledger
from pipeline.store.lock import Lock, Locked
from pipeline.store.objects import Objects
from pipeline.store.outputs import Outputs
from pipeline.store.store import Store, remote_folder
from pipeline.undeclared import Undeclared, undeclared
from pipeline.words import BASE, Asset, AssetId, Attachment, Digest, Reference, Rendered, Take, is_internal, owner_of

if TYPE_CHECKING:
    from pipeline.finish.attached import Attached
    from pipeline.store.bundled import Bundled
    from pipeline.store.incoming import Incoming

_LONGEST_NAME = 150
LOCAL = ".pipeline"
"""The folder of the local store and state, ignored by git."""


def utc_now() -> str:
    """The time as every record has it: ISO 8601, UTC, milliseconds."""
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """One project under one profile, and the world around it. The specs are read when they are first asked for."""

    root: Path
    profile: str | None
    environ: Mapping[str, str]
    now: Callable[[], str] = utc_now
    rest: Rest | None = None
    """What of the project is not read, because it is fresh and has not moved."""

    @property
    def project(self) -> Project:
        """The assets of the specs, with the turns that the lock keeps.

        Raises SpecErrors with all that is wrong in all files, and LockError.
        """
        return self._read[0]

    @property
    def not_read(self) -> int:
        """How many assets there are that were not read, because they are fresh; turns and points not counted."""
        return self.rest.fresh if self.rest is not None else 0

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What all specs warn of, by file and line."""
        return tuple(sorted({*self.project.warnings, *(self.rest.warnings if self.rest is not None else ())}))

    @property
    def rendered(self) -> Mapping[AssetId, Rendered]:
        return self._read[1]

    @cached_property
    def _declared(self) -> tuple[Project, Mapping[AssetId, Rendered]]:
        if self.rest is None:
            return prompts.read_project(self.root, self.profile)
        return prompts.read_project(self.root, self.profile, self.rest.only, self.rest)

    @cached_property
    def _read(self) -> tuple[Project, Mapping[AssetId, Rendered]]:
        project, rendered = self._declared
        return with_kept_turns(self._shaped(project), rendered, self.lock.read())

    def _shaped(self, project: Project) -> Project:
        """What continues a draft keeps its aspect ratio, unless the turn has another."""
        source = self._source
        if source is None or "aspect_ratio" in project.turn_keys:
            return project
        drafts = source.project.assets
        shaped = {
            id: replace(asset, aspect_ratio=drafts[id].aspect_ratio)
            for id, asset in project.assets.items()
            if id in drafts and drafts[id].aspect_ratio in project.models.get(asset.model).ratios
        }
        return project._replace(assets={**project.assets, **shaped})

    @property
    def owners(self) -> frozenset[AssetId]:
        """The ids whose lines in the lock belong to declared assets: their own, and those of renames still to come."""
        lines = self.lock.read()
        awaited = [AssetId(was) for id, was in self._former_ids if not lines.of(id)]
        elsewhere = [owner_of(id) for id in self.rest.ids] if self.rest is not None else ()
        return self._own_ids.union(awaited, elsewhere)

    @cached_property
    def _own_ids(self) -> frozenset[AssetId]:
        return frozenset(asset.owner for asset in self.project.assets.values())

    @cached_property
    def _former_ids(self) -> tuple[tuple[AssetId, str], ...]:
        assets = self.project.assets.values()
        return tuple((asset.id, asset.was) for asset in assets if asset.was is not None and not asset.is_internal)

    @cached_property
    def graph(self) -> Graph:
        return graph_of(self.project.assets, self.rendered)

    @cached_property
    def lock(self) -> Lock:
        return self._lock(lock_name(self.profile))

    def expecting(self, asset: AssetId, version: str) -> Workshop:
        """The same workshop, with all that it has read, for one decision about an asset as somebody saw it.

        The decision raises Overtaken where the asset's lines are in another version by now.
        """
        from copy import copy

        other = copy(self)
        vars(other)["lock"] = self.lock.expecting(asset, version)
        return other

    def resuming(self, asset: AssetId, outlooks: Iterable[Outlook]) -> Workshop:
        """The same workshop, with all that it has read, to decide about one asset soon after these outlooks on it.

        Its own are then about the asset, what else depends on it, and what was decided meanwhile; all else stands.
        """
        from copy import copy

        other = copy(self)
        vars(other)["_resumed"] = asset, tuple(outlooks)
        return other

    @cached_property
    def _resumed(self) -> tuple[AssetId, tuple[Outlook, ...]] | None:
        return None

    def _lock(self, name: str) -> Lock:
        sound = self.rest.sound(name) if self.rest is not None else None
        return Lock(self.root / name, self.root / LOCAL / "lock.guard", sound)

    @cached_property
    def outputs(self) -> Outputs:
        return Outputs(self.root, self.root / LOCAL / "files", self.rest.written if self.rest is not None else None)

    @cached_property
    def bundled(self) -> Bundled:
        from pipeline.store.bundled import Bundled

        return Bundled(self.root / LOCAL / "bundles")

    @property
    def bundle_files(self) -> frozenset[str]:
        """The files that the declared bundles are known to consist of."""
        if not self.project.has_bundles:
            return frozenset()
        from pipeline.bundle.declared import bundles_of, name_of

        return self.bundled.paths([name_of(bundle) for bundle in bundles_of(self.project)])

    @cached_property
    def store(self) -> Store:
        remote = self.project.settings.remote
        return Store(self.root / LOCAL, remote_folder(self.root, remote) if remote else None)

    @property
    def guard(self) -> Path:
        """The file that a build locks while it runs."""
        return self.root / LOCAL / "build.guard"

    @cached_property
    def incoming(self) -> Incoming:
        from pipeline.store.incoming import Incoming

        return Incoming(self.root / LOCAL / "incoming", self.store.local)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.root / LOCAL / "ledger.jsonl", self.now)

    def known(self, mode: Mode) -> Known:
        """What is remembered now. Raises LockError."""
        self.store.expect(self._arrived())
        others = self.other_locks()
        declared = self.project.assets
        formers = {a.id: AssetId(a.was) for a in declared.values() if a.was is not None and a.was not in declared}
        lines, rest = self.lock.read().sides, self.rest
        elsewhere: Container[AssetId] = rest if rest is not None else ()
        ids = lines if rest is None else rest.left_ids(lines)
        return Known(
            lock=self.lock,
            others=others,
            store=self.store,
            files=self.outputs,
            declared=declared,
            claims=Claims(
                declared,
                [self.lock.read(), *others.values()],
                formers,
                rest.whole.disputed if rest is not None and rest.same_locks else None,
                elsewhere,
            ),
            formers=formers,
            elsewhere=elsewhere,
            undeclared=tuple(id for id in ids if id not in declared and id not in elsewhere),
            mode=mode,
            lost={(a, Digest(k)): n for (a, p, k), n in self.lost() if p == (self.profile or "")},
            retry_lost=self.project.settings.retry_lost,
        )

    def lost(self) -> Iterable[tuple[tuple[AssetId, str, str], int]]:
        """The calls that may have been charged, by asset, profile and request key."""
        if self.rest is not None and self.rest.whole.ledger == row_of(str(self.ledger.path)):
            return [((AssetId(asset), profile, key), count) for asset, profile, key, count in self.rest.whole.lost]
        return self.ledger.lost(building=is_locked(self.guard)).items()

    def outlook(self, selected: frozenset[AssetId], mode: Mode) -> Outlook:
        """The forecast of a build of these assets."""
        known = self.known(mode)
        if self._resumed is not None:
            asset, outlooks = self._resumed
            before = next((one for one in outlooks if (one.selected, one.known.mode) == (selected, mode)), None)
            if before is not None:
                return before.resumed(known, asset)
        outlook = Outlook(self.project, self.rendered, self.graph, known, selected, self._drafts(mode))
        with in_bulk():
            outlook.forecast()
        return outlook

    def _drafts(self, mode: Mode) -> Mapping[AssetId, Draft]:
        """What the present profile continues from, as the profile of the drafts sees it now."""
        source = self.project.continues
        if source is None or self._source is None:
            return {}
        from pipeline.plan.drafts import draft_of

        outlook = self._source.outlook(frozenset(), Mode(generator=mode.generator))
        return {id: draft_of(outlook, id, source) for id in self.project.assets if not is_internal(id)}

    @cached_property
    def _source(self) -> Workshop | None:
        """The workshop of the profile that the present one continues from."""
        source = self._declared[0].continues
        return replace(self, profile=None if source == BASE else source) if source is not None else None

    def undeclared(self, outlook: Outlook) -> Undeclared:
        """What the lock and the disk hold that the specs no longer declare, by what is decided so far."""
        awaited = {d.moved_from for d in outlook.made.values() if d.moved_from is not None}
        locked, others = self.lock.read(), outlook.known.others.values()
        kept, assets = self.bundle_files, self.project.assets
        return undeclared(assets, locked, self.outputs, others=others, awaited=awaited, kept=kept, rest=self.rest)

    def select(self, wanted: Sequence[str], exclude: Sequence[str], mode: Mode) -> frozenset[AssetId]:
        """The assets that selectors name. Raises UsageError."""
        everything, graph = frozenset(self.project.assets), self.graph
        if not wanted and not exclude:
            return everything
        from pipeline.plan.select import select

        return select(
            wanted,
            exclude,
            assets=self.project.assets,
            graph=graph,
            states=lambda: {id: d.step.state for id, d in self.outlook(everything, mode).decisions.items()},
            changed=self._changed_since,
        )

    def _changed_since(self, revision: str) -> Collection[AssetId]:
        from pipeline.revision import changed_since

        return changed_since(revision, *self._declared, self.lock)

    def take_of_call(self, request: str, call: str) -> Take | None:
        """The take whose record goes by that call, if it arrived. Needs no specs."""
        return next((take for take in Objects(self.root / LOCAL).takes(request) if take.call == call), None)

    def record_of(self, entry: Entry) -> Take | None:
        """The record of the take that an entry picks, where it is in reach."""
        return next((take for take in self.records_of(entry) if take.take == entry.pick), None)

    def records_of(self, entry: Entry) -> tuple[Take, ...]:
        """The records of the takes that an entry has for its present request, where they are in reach."""
        drawn_under = dict.fromkeys(key for key in (entry.of, entry.request) if key is not None)
        named = {entry.take, *entry.takes}
        return tuple(take for key in drawn_under for take in self.store.takes(key) if take.take in named)

    @cached_property
    def reference_files(self) -> tuple[str, ...]:
        """The files of the project that any prompt attaches, in the profile that this one continues from too."""
        paths = {r.path for rendered in self.rendered.values() for r in rendered.references if r.path is not None}
        return tuple(sorted(paths.union(self._source.reference_files if self._source is not None else ())))

    def _arrived(self) -> tuple[Take, ...]:
        """Takes whose answers an earlier build had received when it died, and that the next one keeps, free."""
        folder = self.root / LOCAL / "incoming"
        # Most often nothing is there, and what reads calls need not be loaded to see that.
        calls = self.incoming.calls() if folder.is_dir() and any(folder.iterdir()) else ()
        if not calls:
            return ()
        from pipeline.draw.arrived import read_arrived

        open_calls = {paid.call for paid in self.ledger.calls() if paid.may_be_charged}
        answers = [read_arrived(self.incoming, call, self.project.models) for call in calls if call in open_calls]
        return tuple(answered.take for answered in answers if answered is not None and answered.take is not None)

    def keep_aside(self, asset: AssetId, key: Digest, answer: bytes) -> str:
        """Keep an answer without a usable picture for inspection; gives the path from the root. Raises OSError."""
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", asset)[:_LONGEST_NAME]
        path = self.root / LOCAL / "aside" / f"{name}-{short(key)}-{short(of_bytes(answer))}.bin"
        write_atomic(path, answer)
        return path.relative_to(self.root).as_posix()

    def bytes_of(self, attachment: Attachment, reference: Reference) -> bytes:
        """The picture that a request attaches. Raises StoreError, PipelineError, OSError."""
        if reference.asset is None:
            data = (self.root / str(reference.path)).read_bytes()
            if of_bytes(data) != attachment.digest:
                raise PipelineError(f"{reference.path} changed during the build", hint="build again")
            return data
        sides = self.lock.read().of(reference.asset)
        data = self.picture(self.project.assets[reference.asset], attachment.digest, sides[0] if sides else None)
        return self.attached.of(data, attachment.digest, attachment.steps)

    @cached_property
    def attached(self) -> Attached:
        """Makes what requests attach of pictures with steps."""
        from pipeline.finish.attached import Attached

        return Attached()

    def picture(self, asset: Asset, digest: Digest, entry: Entry | None) -> bytes:
        """A picture's bytes; what only an output file still holds, or holds whole, is stored first.

        Raises StoreError, OSError.
        """
        failure: StoreError | None = None
        if self.store.in_reach(digest):
            try:
                return self.store.read(digest)
            except StoreError as error:
                failure = error
        for path in places_of(asset, digest, entry):
            if self.outputs.digest(path) == digest:
                data = self.outputs.read(path)
                self.store.keep_output(digest, data)
                return data
        raise failure or StoreError(f"{digest} is nowhere in reach", hint="`pipeline pull`, or ask who drew it")

    def other_locks(self) -> Mapping[str, Locked]:
        """The locks of the other profiles, by file name. Raises LockError."""
        return {name: self._other_lock(name) for name in self._other_profiles()}

    def _other_profiles(self) -> tuple[str, ...]:
        names = {path.name for path in self.root.glob("pipeline*.lock")} - {lock_name(self.profile)}
        return tuple(sorted(names))

    def _other_lock(self, name: str) -> Locked:
        return self._lock(name).read()


def lock_name(profile: str | None) -> str:
    return f"pipeline.{profile}.lock" if profile else "pipeline.lock"


def open_workshop(directory: Path, profile: str | None, environ: Mapping[str, str] = os.environ) -> Workshop:
    """The workshop of the project in a folder. Raises UsageError where there is none."""
    root = directory.resolve()
    if not root.is_dir():
        raise UsageError(f"there is no folder `{directory}`")
    if not (root / "pipeline.yaml").is_file() and not (root / "specs").is_dir():
        raise UsageError(
            f"`{root}` is not a project: it has neither pipeline.yaml nor specs/",
            hint="`pipeline init` makes one here; `-C DIR` names another folder",
        )
    return Workshop(root=root, profile=profile, environ=environ)
