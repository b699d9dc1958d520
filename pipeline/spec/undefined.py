"""Names that there are not, and failures that are noted where all of a text are looked for.

[door: jinja2, with sandbox.py]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined, UndefinedError
from jinja2.environment import Template
from jinja2.utils import missing

from pipeline.spec import meter
from pipeline.spec.filters import Unprintable
from pipeline.spec.templates import RefFailed


class MissingName(UndefinedError):
    """Of a name, or of an attribute of `owner`, that there is not."""

    def __init__(self, message: str | None, name: Any, owner: Any, plain: bool) -> None:
        super().__init__(message)
        self.name, self.owner, self.plain = name, owner, plain


_ITSELF = object()


def _instead(value: Any) -> Any:
    """A method of Undefined: raises, or gives the value where failures are noted."""

    def method(self: Undefined, *args: Any, **kwargs: Any) -> Any:
        if not noted(self._undefined_exception(self._undefined_message)):
            self._fail_with_undefined_error()
        return self if value is _ITSELF else value

    return method


class Undefined(StrictUndefined):
    """Raises whatever is done with it; where failures are noted it is empty, and so is all that comes from it."""

    __slots__ = ()

    def __init__(self, hint: Any = None, obj: Any = missing, name: Any = None, exc: Any = UndefinedError) -> None:
        if exc is UndefinedError:
            plain = hint is None and obj is missing

            def exc(message: str | None = None) -> UndefinedError:
                return MissingName(message, name, obj, plain)

        super().__init__(hint=hint, obj=obj, name=name, exc=exc)

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return _instead(_ITSELF)(self)

    __str__: Any = _instead("")
    __iter__: Any = _instead(iter(()))
    __len__: Any = _instead(0)
    __bool__: Any = _instead(False)
    __contains__: Any = _instead(False)
    __eq__: Any = _instead(False)
    __ne__: Any = _instead(True)
    __hash__: Any = _instead(0)
    __call__: Any = _instead(_ITSELF)
    __getitem__: Any = _instead(_ITSELF)
    __add__: Any = _instead(_ITSELF)
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __mod__ = __add__


def _here() -> tuple[str | None, int]:
    """The innermost template and line that is running."""
    frame = sys._getframe(1)
    while frame.f_back is not None and "__jinja_template__" not in frame.f_globals:
        frame = frame.f_back
    return line_in(frame.f_globals.get("__jinja_template__"), frame.f_lineno) or (None, 1)


def line_in(template: Template | None, line: int) -> tuple[str | None, int] | None:
    if template is None:
        return None
    return template.filename if template.name is not None else None, template.get_corresponding_lineno(line)


def noted(error: Exception) -> bool:
    """Note a failure in a rendering that looks for all of them; elsewhere it is to be raised."""
    rendering = meter.now.get()
    if rendering is None or rendering.noted is None:
        return False
    rendering.noted.append((error, *_here()))
    return True


def noting(function: Callable[..., Any], instead: str) -> Callable[..., Any]:
    """The function; where failures are noted, with `instead` in place of a value that it cannot give."""

    def noted_call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (RefFailed, Unprintable) as error:
            if not noted(error):
                raise
            return instead

    return noted_call


def where(error: Exception) -> tuple[str | None, int]:
    """The innermost template and line in an exception's traceback."""
    file: str | None = None
    line = 1
    trace = error.__traceback__
    while trace is not None:
        file, line = line_in(trace.tb_frame.f_globals.get("__jinja_template__"), trace.tb_lineno) or (file, line)
        trace = trace.tb_next
    return file, line
