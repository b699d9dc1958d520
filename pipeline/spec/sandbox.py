"""The sandbox in which templates run: no internals, no clock, random or environment, no end without a limit.

[door: jinja2]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from pipeline.spec import filters, hints, meter, tidy
from pipeline.spec.filters import LimitReached, Unprintable
from pipeline.spec.partials import NoPartial, Partials
from pipeline.spec.templates import Ref, RefFailed, TemplateFailed

_RESULT = "result"  # the name under which a lone expression leaves its value


def _ref(*args: Any, **kwargs: Any) -> str:
    """`ref` is one function for the whole process, that knows the asset being rendered.

    Jinja caches imported modules with the globals they first saw: a function per asset would be the wrong one there.
    """
    rendering = meter.now.get()
    if rendering is None or rendering.ref is None:
        raise RefFailed("`ref()` is known in a prompt only", "use the `references:` list", "ref")
    return rendering.ref(*args, **kwargs)


class _Name(UndefinedError):
    """Of a name or attribute that there is not."""

    def __init__(self, message: str | None, name: str, plain: bool) -> None:
        super().__init__(message)
        self.name, self.plain = name, plain


class _Undefined(StrictUndefined):
    __slots__ = ()

    def __init__(self, hint: Any = None, obj: Any = missing, name: Any = None, exc: Any = UndefinedError) -> None:
        if exc is UndefinedError:
            plain = hint is None and obj is missing

            def exc(message: str | None = None) -> UndefinedError:
                return _Name(message, str(name), plain)

        super().__init__(hint=hint, obj=obj, name=name, exc=exc)


class _Parser(Parser):
    """Imports always see the context, so that a macro knows `vars` and the row."""

    def parse_import_context(self, node: Any, default: bool) -> Any:
        node = super().parse_import_context(node, True)
        node.with_context = True
        return node

    def parse_from(self) -> nodes.FromImport:
        node = super().parse_from()
        node.with_context = True
        return node


class _Bounded(NodeTransformer):
    """Rewrites a template so that each turn of a loop counts and no text is joined without a look at its length."""

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [_named(child) for child in node.nodes]
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_counted", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return nodes.Filter(nodes.List(node.nodes), "_concat", [], [], None, None, lineno=node.lineno)


def _named(node: nodes.Expr) -> nodes.Expr:
    """`{{ e.name }}` with its own words beside it, to be told when it is null."""
    words = _dotted(node)
    if words is None:
        return node
    owner = node.node if isinstance(node, nodes.Getattr) else nodes.Const(None)
    return nodes.Filter(node, "_named", [owner, nodes.Const(words)], [], None, None, lineno=node.lineno)


def _dotted(node: nodes.Expr) -> str | None:
    """The words of a name, or of names joined by dots; None for all else."""
    if isinstance(node, nodes.Name):
        return node.name
    owner = _dotted(node.node) if isinstance(node, nodes.Getattr) else None
    return f"{owner}.{node.attr}" if owner is not None and isinstance(node, nodes.Getattr) else None


class _Neat(Extension):
    """A line with nothing but tags leaves no line behind."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        yield from tidy.without_lines_of_tags(list(stream))


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = _Parser(self, source, name, filename).parse()
        found: nodes.Template = _Bounded().visit(tree)
        return found

    def _load_template(self, name: str, globals: Any) -> Template:
        meter.spend(10)
        if (rendering := meter.now.get()) is not None:
            rendering.partials[f"specs/{PurePosixPath(name)}"] = None
        return super()._load_template(name, globals)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        meter.spend(1)
        filters.check_call(__obj, args, kwargs)
        return filters.checked(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        filters.check_binop(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """`"...".format()` is left out, widths and all: `~` and `|format` do the same."""
        return

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return super().is_safe_attribute(obj, attr, value) and filters.is_known_attribute(obj, attr)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._column(obj, attribute, super().getattr)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self._column(obj, argument, super().getitem)

    def _column(self, obj: Any, name: Any, otherwise: Callable[[Any, Any], Any]) -> Any:
        """A mapping's own key comes before any method of the same name; a Row has nothing but columns."""
        if isinstance(obj, dict):
            try:
                return obj[name]
            except (KeyError, TypeError):
                pass
        return otherwise(obj, name)


class _Compiled:
    """A template ready to run; `lone` if it is nothing but one expression."""

    def __init__(self, template: Template, lone: bool) -> None:
        self.template, self.lone = template, lone


class Sandbox:
    """Compiles each distinct text once and renders it."""

    def __init__(self, root: Path) -> None:
        self._partials = Partials(root)
        self._env = _environment(self._partials)
        self._globals = dict(self._env.globals)
        self._texts: dict[str, _Compiled] = {}
        self._values: dict[str, _Compiled] = {}
        self._expressions: dict[str, _Compiled] = {}

    def compiled(self, source: str) -> None:
        """Compile as text. Raises TemplateFailed."""
        self._get(self._texts, source, lone=False)

    def text(self, source: str, names: Mapping[str, Any], ref: Ref | None) -> tuple[str, tuple[str, ...]]:
        """The rendered text and its partials. Raises TemplateFailed."""
        compiled = self._get(self._texts, source, lone=False)
        return self._run(compiled, names, ref)

    def value(self, source: str, names: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
        """The rendered value and its partials. Raises TemplateFailed."""
        return self._run(self._get(self._values, source, lone=True), names, None)

    def expression(self, source: str, names: Mapping[str, Any]) -> Any:
        """The value of an expression without braces. Raises TemplateFailed."""
        compiled = self._expressions.get(source)
        if compiled is None:
            try:
                compiled = self._compile("{{ " + source + " }}", lone=True)
            except TemplateFailed as failed:
                failed.message = failed.message.replace("unexpected '}}'", "it ends too early")
                raise
            if not compiled.lone:
                raise TemplateFailed("this is not one expression", hint="write it without braces: e.kind == 'weapon'")
            self._expressions[source] = compiled
        return self._run(compiled, names, None)[0]

    def _get(self, cache: dict[str, _Compiled], source: str, *, lone: bool) -> _Compiled:
        compiled = cache.get(source)
        if compiled is None:
            compiled = cache[source] = self._compile(source, lone=lone)
        return compiled

    def _compile(self, source: str, *, lone: bool) -> _Compiled:
        try:
            tree = self._env._parse(source.strip() if lone else source, None, None)
            expression = _lone(tree) if lone else None
            if expression is not None:
                target = nodes.Name(_RESULT, "store", lineno=1)
                tree = nodes.Template([nodes.Assign(target, expression, lineno=1)], lineno=1)
            tree.set_environment(self._env)
            code = self._env.compile(tree, None, None)
            template = Template.from_code(self._env, code, self._env.make_globals(None))
        except TemplateSyntaxError as error:
            raise _syntax(error, None) from None
        except RecursionError:
            raise TemplateFailed("this template is nested too deeply") from None
        except (SyntaxError, ValueError, MemoryError, OverflowError) as error:
            raise TemplateFailed(f"this template cannot be compiled: {error}") from None
        return _Compiled(template, expression is not None)

    def _run(self, compiled: _Compiled, names: Mapping[str, Any], ref: Ref | None) -> tuple[Any, tuple[str, ...]]:
        rendering = meter.Rendering(ref)
        token = meter.now.set(rendering)
        try:
            # Shared: names and globals in one dictionary, where Jinja would chain two and copy them for each rendering.
            context = compiled.template.new_context({**self._globals, **names}, shared=True)
            text = meter.joined(compiled.template.root_render_func(context))
            value = _settled(context.vars[_RESULT]) if compiled.lone else text
        except Exception as error:
            self._fail(error, names)
        finally:
            meter.now.reset(token)
        return value, tuple(rendering.partials)

    def _fail(self, error: Exception, names: Mapping[str, Any]) -> NoReturn:
        """Tell any failure of a template as a sentence, at the line in the text or partial that failed."""
        if isinstance(error, TemplateSyntaxError):
            raise _syntax(error, error.filename) from None
        message, hint, word = self._why(error, names)
        file, line = _where(error)
        undefined = error.name if isinstance(error, _Name) and error.plain else ""
        raise TemplateFailed(message, hint=hint, file=file, line=line, word=word, undefined=undefined) from None

    def _why(self, error: Exception, names: Mapping[str, Any]) -> tuple[str, str, str]:
        match error:
            case RefFailed():
                return error.message, error.hint, error.word
            case LimitReached() | Unprintable():
                return error.message, error.hint, error.word
            case _Name():
                return _undefined(error, names)
            case SecurityError():
                why = str(error).rstrip(".")
                return f"a template cannot do this: {why}", "templates see values, never the program behind them", ""
            case NoPartial():
                return error.message, error.hint, error.name
            case TemplateNotFound():
                tried = [str(name) for name in getattr(error, "templates", [error.name])]
                shown = " or ".join(f"`specs/{name}`" for name in tried)
                return f"there is no partial {shown}", hints.did_you_mean(tried[0], self._partials.names()), tried[0]
            case RecursionError():
                return "a template that calls itself without end", "", ""
            case _:
                return f"this template cannot be rendered: {error or type(error).__name__}", "", ""


def _environment(partials: Partials) -> _Environment:
    env = _Environment(
        loader=FunctionLoader(partials.source),
        undefined=_Undefined,
        autoescape=False,
        keep_trailing_newline=False,
        lstrip_blocks=False,
        trim_blocks=False,
        optimized=False,
        auto_reload=False,
        cache_size=-1,
        finalize=filters.printable,
        extensions=[_Neat],
    )
    env.filters = filters.guarded(env.filters, meter.spend)
    env.filters["_counted"] = meter.counted
    kept = {name: env.globals[name] for name in ("dict", "namespace", "cycler", "joiner")}
    env.globals.clear()
    env.globals.update(kept, range=meter.numbers, ref=_ref)
    env.concat = filters.concat  # type: ignore[method-assign]
    return env


def _lone(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) == 1 and isinstance(tree.body[0], nodes.Output) and len(tree.body[0].nodes) == 1:
        found = tree.body[0].nodes[0]
        if isinstance(found, nodes.Filter) and found.name == "_named":
            return found.node  # null is a value here
        return None if isinstance(found, nodes.TemplateData) else found
    return None


def _settled(value: Any) -> Any:
    """A lone expression's value as plain data: text, number, boolean, null, list or mapping."""
    if isinstance(value, Undefined):
        str(value)  # raises, with its name, but for an `if` without its `else`
        return None
    return filters.plain(value)


def _where(error: Exception) -> tuple[str | None, int]:
    """The innermost template and line in an exception's traceback."""
    file: str | None = None
    line = 1
    trace = error.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            file = template.filename if template.name is not None else None
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return file, line


def _syntax(error: TemplateSyntaxError, file: str | None) -> TemplateFailed:
    message = (error.message or "").rstrip(".").replace("'end of print statement'", "'}}'")
    hint = ""
    if message.startswith("No filter named"):
        name = message.split("'")[1]
        hint = hints.did_you_mean(name, filters.ALLOWED) or "filters: " + ", ".join(sorted(filters.ALLOWED))
        return TemplateFailed(f"there is no filter `{name}`", hint=hint, file=file, line=error.lineno, word=name)
    return TemplateFailed(f"not a template: {message}", hint=hint, file=file, line=error.lineno)


def _undefined(error: _Name, names: Mapping[str, Any]) -> tuple[str, str, str]:
    if not error.plain:
        return str(error.message), "", error.name
    known = [name for name in names if name != "vars"]
    hint = hints.did_you_mean(error.name, known)
    if not hint and known:
        hint = "known here: " + ", ".join(f"`{name}`" for name in known[:12])
    return f"`{error.name}` is not defined", hint, error.name
