"""Frozen dataclasses and named tuples that are made quickly, for all that a plan imports.

`dataclasses` writes code for each class, compiles it, and imports what reads code first; `typing.NamedTuple` compiles
the type of each field. A plan of one prompt has little else to do that takes as long. To whoever checks types these are
the same: dataclasses given by keywords, equal where all fields are, never changed; `fields` and its like know them too.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

_Any = TypeVar("_Any")


class _Named(type):
    """Makes a named tuple of each class that is derived from one of its own."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
        if not bases:
            return super().__new__(cls, name, bases, body)
        types = body.pop("__annotations__", {})
        defaults = [body.pop(field) for field in types if field in body]
        make: Any = namedtuple  # whose arguments mypy wants to see written out
        made: type = make(name, types, defaults=defaults, module=body.pop("__module__"))
        for key, value in {**body, "__annotations__": types}.items():
            setattr(made, key, value)
        return made


class _Field:
    """A field without a value of its own: one that has to be given, or that is made for each instance."""

    def __init__(self, *, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> None:
        self.default_factory, self.repr = default_factory, repr


def _dataclass(*, frozen: bool, kw_only: bool) -> Callable[[type[_Any]], type[_Any]]:
    assert frozen
    assert kw_only
    return _frozen


def _frozen(cls: type[_Any]) -> type[_Any]:
    declared = {name: vars(cls).get(name, _Field()) for name in cls.__annotations__}
    bare = {name: value for name, value in declared.items() if isinstance(value, _Field)}
    for name in bare.keys() & vars(cls).keys():
        delattr(cls, name)
    members = {
        "_fields": tuple(declared),
        **{name: _Theirs(name, declared) for name in _ASKED_FOR},
        "__init__": _init(cls.__qualname__, declared, bare),
        "__repr__": _repr([name for name in declared if name not in bare or bare[name].repr]),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        **_compared(attrgetter(*declared)),
    }
    for name, member in members.items():
        setattr(cls, name, member)
    return cls


def _init(cls: str, declared: Mapping[str, Any], bare: Mapping[str, _Field]) -> Callable[..., None]:
    defaults = {name: value for name, value in declared.items() if name not in bare}
    makers = [(name, value.default_factory) for name, value in bare.items() if value.default_factory is not None]
    put = object.__setattr__

    def init(self: object, **values: Any) -> None:
        if len(values) < len(declared):
            values = {**defaults, **values}
            for name, make in makers:
                if name not in values:
                    values[name] = make()
        if values.keys() != declared.keys():
            raise TypeError(f"{cls}: {', '.join(sorted(values.keys() ^ declared.keys()))} missing, or no field of it")
        for name, value in values.items():
            put(self, name, value)

    return init


def _compared(values_of: Callable[[object], Any]) -> dict[str, Callable[..., Any]]:
    def equal(self: object, other: object) -> bool:
        return values_of(self) == values_of(other) if type(other) is type(self) else NotImplemented

    return {"__eq__": equal, "__hash__": lambda self: hash(values_of(self))}


def _repr(names: list[str]) -> Callable[[object], str]:
    def shown(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _refuse(self: object, name: str, value: object = None) -> None:
    raise AttributeError(f"{type(self).__qualname__}.{name} is not to be changed")


class _Theirs:
    """What `dataclasses` asks a class for, in `fields`, `asdict` and the like; made when somebody asks first."""

    def __init__(self, name: str, declared: Mapping[str, Any]) -> None:
        self._name, self._declared = name, declared

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses

        fields = [
            (name, owner.__annotations__[name], _as_theirs(value) if isinstance(value, _Field) else value)
            for name, value in self._declared.items()
        ]
        made = dataclasses.make_dataclass(owner.__name__, fields, frozen=True, kw_only=True)
        for name in _ASKED_FOR:
            setattr(owner, name, vars(made)[name])
        return getattr(owner, self._name)


_ASKED_FOR = ("__dataclass_fields__", "__dataclass_params__")


def _as_theirs(value: _Field) -> Any:
    import dataclasses

    if value.default_factory is None:
        return dataclasses.field(repr=value.repr)
    return dataclasses.field(default_factory=value.default_factory, repr=value.repr)


def _replace(instance: _Any, /, **changes: Any) -> _Any:
    names = getattr(instance, "_fields", None)
    if names is None:
        import dataclasses

        return dataclasses.replace(instance, **changes)  # type: ignore[type-var]  # one of theirs
    return type(instance)(**{name: getattr(instance, name) for name in names if name not in changes}, **changes)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
    from typing import NamedTuple
else:
    dataclass, field, replace = _dataclass, _Field, _replace

    class NamedTuple(metaclass=_Named):
        pass
