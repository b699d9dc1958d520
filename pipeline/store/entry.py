"""One entry of the lock: which take an asset picked, and what people decided about it. Pure values.

An entry is never changed, only replaced: each function here takes one and returns the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pipeline import digest, keys
from pipeline.frozen import dataclass, field, replace
from pipeline.words import AssetId, Digest

PERSON = "person"
"""The generator of a take that a person brought."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """What an asset picked for an earlier request, with what was decided: a revert brings it back whole."""

    take: Digest | None = None
    of: Digest | None = None
    adopted: Digest | None = None
    approved: Digest | None = None
    takes: tuple[Digest, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def picture(self) -> Digest | None:
        """What the asset's file came from: what a person adopted, else the take."""
        return self.adopted or self.take


@dataclass(frozen=True, kw_only=True)
class KeptTurn:
    """A turn that a person added after those of the spec."""

    prompt: str
    image_size: str = ""
    aspect_ratio: str = ""
    unknown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the lock. Fields that are not known here are in `unknown`, and are written back as they were."""

    asset: AssetId
    source: str = ""
    """The asset whose picture this one is made of (`from`), if the take is none of its own."""
    key: int = keys.RULE
    """The rule by which `request` was made."""
    request: Digest | None = None
    take: Digest | None = None
    of: Digest | None = None
    """The key the take was drawn under, if that is not `request`."""
    generator: str = ""
    model: str = ""
    width: int = 0
    height: int = 0
    type: str = ""
    files: Mapping[str, tuple[Digest, Digest]] = field(default_factory=dict)
    """Path -> the file's derivation key, and the digest of its bytes."""
    adopted: Digest | None = None
    approved: Digest | None = None
    protected: bool = False
    takes: tuple[Digest, ...] = ()
    """All takes of the present request that are this asset's; empty if only the pick."""
    rejected: tuple[Digest, ...] = ()
    note: str = ""
    turns: tuple[KeptTurn, ...] = ()
    past: Mapping[Digest, Past] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pick(self) -> Digest | None:
        """The take in use, unless it is rejected."""
        return self.take if self.take not in self.rejected else None

    @property
    def picture(self) -> Digest | None:
        """What another asset's request attaches of this one: the take, or the adopted file where there is no take."""
        return self.pick or self.adopted

    @property
    def continued(self) -> Digest | None:
        """What another turn continues from: what people see of this asset, so what was adopted comes first."""
        return self.adopted or self.pick

    @property
    def accepted(self) -> frozenset[Digest]:
        """The takes of the present request that are not rejected."""
        own = (self.take, *self.takes)
        return frozenset(digest for digest in own if digest is not None and digest not in self.rejected)

    @property
    def is_approved(self) -> bool:
        return self.approved is not None and self.approved in (self.picture, self.adopted)

    @property
    def named(self) -> frozenset[Digest]:
        """The takes that are this asset's, so that no other asset uses them."""
        return self._takes if not self.source else frozenset()

    @property
    def _takes(self) -> frozenset[Digest]:
        own = [self.take, *self.takes]
        for past in self.past.values():
            own += [past.take, *past.takes]
        return frozenset(digest for digest in own if digest is not None)

    @property
    def pictures(self) -> frozenset[Digest]:
        """The bytes that cannot be made again: takes, rejected ones too, and what people adopted."""
        own = [*self._takes, *self.rejected, self.adopted, *(past.adopted for past in self.past.values())]
        return frozenset(digest for digest in own if digest is not None)

    @property
    def written(self) -> frozenset[Digest]:
        """The digests by which a file on the disk is known to be ours: files, picks, and what was picked before."""
        return self.pictures | {digest for _, digest in self.files.values()}

    @property
    def is_decided(self) -> bool:
        """Whether a person protected or approved it: then nobody else takes its picture, even if it is undeclared."""
        return self.protected or self.approved is not None

    def places_of(self, picture: Digest) -> tuple[str, ...]:
        """The files that are that picture, byte for byte, by the entry."""
        return tuple(path for path, (_, digest) in self.files.items() if digest == picture)

    def without_take(self, digest: Digest) -> Entry:
        """The entry when another asset has this take now."""
        past = {key: _past_without(p, digest) for key, p in self.past.items()}
        kept = {key: p for key, p in past.items() if p.picture is not None}
        rest = replace(self, takes=tuple(t for t in self.takes if t != digest), past=kept)
        if self.take != digest:
            return rest
        return replace(rest, request=None, take=None, of=None, approved=None, takes=())

    def with_files(self, made: Mapping[str, tuple[Digest, Digest]]) -> Entry:
        """With files that were made now.

        The same derivation key means the same work: another library's bytes are no reason to rewrite an entry.
        """
        new = {path: pair for path, pair in made.items() if self.files.get(path, ("",))[0] != pair[0]}
        return replace(self, files={**self.files, **new}) if new else self

    def without_files(self, paths: Collection[str]) -> Entry:
        return replace(self, files={path: pair for path, pair in self.files.items() if path not in paths})


def version_of(sides: Sequence[Entry]) -> str:
    """What tells whether anybody has decided something about an asset since its lines looked so.

    Where its files lie, and how a build described its picture, is nobody's decision.
    """
    decisions = [
        [
            *(entry.request, entry.take, entry.of, entry.adopted, entry.approved, entry.protected, entry.note),
            *(
                list(entry.takes),
                sorted(entry.rejected),
                [[turn.prompt, turn.image_size, turn.aspect_ratio] for turn in entry.turns],
            ),
        ]
        for entry in sides
    ]
    return digest.of_value(decisions)[len("sha256:") :][:16]


def remember(entry: Entry) -> Mapping[Digest, Past]:
    """`past` with the present request and its pick in it: before the entry turns to another request."""
    if entry.request is None or (entry.take is None and entry.adopted is None):
        return entry.past
    if entry.source:  # its take was never its own, and its source remembers it
        return {**entry.past, entry.request: Past(adopted=entry.adopted)} if entry.adopted is not None else entry.past
    present = Past(take=entry.take, of=entry.of, adopted=entry.adopted, approved=entry.approved, takes=entry.takes)
    return {**entry.past, entry.request: present}


def turn_to(entry: Entry, request: Digest, found: Past) -> Entry:
    """The entry with another request and pick; the old ones go to `past`. Decisions on the asset itself stay."""
    past = dict(remember(entry))
    before = past.pop(request, None)
    takes = _united_past(before, found).takes if before is not None else found.takes
    if (found.take, found.adopted) != (entry.take, entry.adopted):
        # What is said of the old picture is not true of the new one.
        entry = replace(entry, generator="", model="", width=0, height=0, type="")
    return replace(
        entry,
        key=keys.RULE,
        request=request,
        take=found.take,
        of=found.of if found.of != request else None,
        adopted=found.adopted,
        approved=found.approved if request != entry.request else entry.approved,
        takes=() if takes in ((), _just(found.take)) else takes,
        past=past,
    )


def united(*groups: Iterable[Digest]) -> tuple[Digest, ...]:
    """All digests once, in the order in which they are first named."""
    return tuple(dict.fromkeys(digest for group in groups for digest in group))


def merged(sides: Sequence[Entry], present: Digest | None) -> Entry | None:
    """One entry of the two (or more) lines that a merge left for an asset; None is a conflict that a person decides.

    `present` is the asset's request key today. Equal takes: decisions are united. Otherwise the side with the present
    key wins and the other goes to `past`; where both have it, only a person can choose; where neither has, both go.
    """
    result = sides[0]
    for side in sides[1:]:
        both = _merged(result, side, present)
        if both is None:
            return None
        result = both
    return result


def all_united(sides: Sequence[Entry]) -> Entry:
    """The first of the lines with the decisions of all: what a person's pick starts from."""
    result = sides[0]
    for side in sides[1:]:
        result = _united(result, side, approved=None)
    return result


def _merged(a: Entry, b: Entry, present: Digest | None) -> Entry | None:
    if a == b:
        return a
    if a.turns != b.turns and not ((a.take, a.adopted) == (b.take, b.adopted) and _go_on(a.turns, b.turns)):
        return None  # one refined it, or dropped a turn, where the other did not: only people know what is meant
    current = [side for side in (a, b) if present is not None and side.request == present]
    if (a.take, a.adopted) == (b.take, b.adopted):
        a, b = sorted((a, b), key=lambda side: (side.request != present, side.request or "", side.of or ""))
        return _united(a, b, approved=a.approved or b.approved)
    if len(current) == 2:
        return None
    if current:
        winner, other = (a, b) if current[0] is a else (b, a)
        return _united(winner, other, approved=winner.approved)
    if a.protected or b.protected:
        return None  # a protected pick is not replaced by a merge: a person decides which one it is
    nothing = replace(a, past=remember(a), request=None, take=None, of=None, adopted=None, takes=())
    return _united(nothing, b, approved=None)


def _go_on(a: tuple[KeptTurn, ...], b: tuple[KeptTurn, ...]) -> bool:
    """Whether one of two rows of turns goes on where the other ends."""
    shorter = min(len(a), len(b))
    return a[:shorter] == b[:shorter]


def decided(sides: Sequence[Entry], take: Digest) -> Entry:
    """The lines of a conflict as one, once a person picked a take: the line that has it leads, its turns with it."""
    leading = next((side for side in sides if take in (side.take, *side.takes)), sides[0])
    return replace(all_united((leading, *(side for side in sides if side is not leading))), turns=leading.turns)


def _united(winner: Entry, other: Entry, *, approved: Digest | None) -> Entry:
    """The winner, with what people decided about the other, whose own request and pick are past."""
    past = dict(remember(other))
    past.update({key: _united_past(value, past.get(key)) for key, value in winner.past.items()})
    same = past.pop(winner.request, None) if winner.request is not None else None
    present = Past(take=winner.take, takes=winner.takes)
    notes = dict.fromkeys(note for note in (winner.note, other.note) if note)
    return replace(
        winner,
        approved=approved,
        protected=winner.protected or other.protected,
        rejected=tuple(sorted({*winner.rejected, *other.rejected})),
        takes=_united_past(present, same).takes,
        note="\n".join(notes),
        turns=max(winner.turns, other.turns, key=len),
        files={**other.files, **winner.files},
        past=past,
        unknown={**other.unknown, **winner.unknown},
    )


def _united_past(mine: Past, theirs: Past | None) -> Past:
    if theirs is None:
        return mine
    own, other = mine.takes or _just(mine.take), theirs.takes or _just(theirs.take)
    takes = united(own, other)
    return replace(mine, takes=takes if takes != _just(mine.take) else ())


def _past_without(past: Past, digest: Digest) -> Past:
    takes = tuple(take for take in past.takes if take != digest)
    return replace(past, takes=takes, take=None, of=None) if past.take == digest else replace(past, takes=takes)


def _just(take: Digest | None) -> tuple[Digest, ...]:
    return (take,) if take is not None else ()
