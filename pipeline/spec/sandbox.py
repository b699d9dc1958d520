"""The sandbox in which templates run: no internals, no clock, random or environment, no end without a limit.

[door: jinja2]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from jinja2 import (
    FunctionLoader,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.environment import Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from pipeline.spec import filters, jinja_words, meter, tidy
from pipeline.spec.failures import Failures
from pipeline.spec.partials import NoPartial, Partials
from pipeline.spec.pieces import INCLUDE, Pieces, Ref, Slot
from pipeline.spec.templates import RefFailed, TemplateFailed
from pipeline.spec.undefined import Undefined, noting, where

_RESULT = "result"  # the name under which a lone expression leaves its value


def _call_ref(*args: Any, **kwargs: Any) -> str:
    """`ref` is one function for the whole process, that knows the asset being rendered.

    Jinja caches imported modules with the globals they first saw: a function per asset would be the wrong one there.
    """
    rendering = meter.now.get()
    if rendering is None or rendering.ref is None:
        raise RefFailed("`ref()` is known in a prompt only", "use the `references:` list", "ref")
    return rendering.ref(*args, **kwargs)


_ref = noting(_call_ref, "image 0")


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
        meter.spend(INCLUDE)
        if (rendering := meter.now.get()) is not None:
            rendering.partials[f"specs/{PurePosixPath(name)}"] = None
            if name in rendering.lacking:
                return self.from_string("")
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
        self._failures = Failures(self._partials, self._env.tests)
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

    def slot(self, source: str) -> Slot | None:
        """The slot of one expression or tag, to be looked up inside `joined`; None if it is no template."""
        try:
            compiled = self._compile(source, lone=False)
        except TemplateFailed:
            return None  # told with the whole text, where it has its line
        render = compiled.template.root_render_func
        return Slot(lambda names, _: meter.joined(render(self._context(compiled, names))))

    def joined(self, pieces: Pieces, names: Mapping[str, Any], ref: Ref | None) -> tuple[str, tuple[str, ...]]:
        """The text of pieces and its partials, as one rendering with one count of steps. Raises whatever one raises."""
        rendering = meter.Rendering(ref)
        rendering.steps = pieces.steps
        rendering.partials.update(dict.fromkeys(pieces.partials))
        token = meter.now.set(rendering)
        try:
            return pieces.text(names, ref), tuple(rendering.partials)
        finally:
            meter.now.reset(token)

    def value(self, source: str, names: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
        """The rendered value and its partials. Raises TemplateFailed."""
        return self._run(self._get(self._values, source, lone=True), names, None)

    def expression(self, source: str, names: Mapping[str, Any]) -> Any:
        """The value of an expression without braces. Raises TemplateFailed."""
        compiled = self._expressions.get(source)
        if compiled is None:
            compiled = self._compile("{{ " + source + " }}", lone=True, bare=True)
            if not compiled.lone:
                raise TemplateFailed("this is not one expression", hint="write it without braces: e.kind == 'weapon'")
            self._expressions[source] = compiled
        return self._run(compiled, names, None)[0]

    def failures(self, source: str, names: Mapping[str, Any], ref: Ref | None) -> list[TemplateFailed]:
        """All that fails in a text, as far as one failure does not hide the next."""
        found: list[TemplateFailed] = []
        lacking: set[str] = set()
        kinds = (nodes.Include, nodes.Import, nodes.FromImport)
        for node in self._env._parse(source, None, None).find_all(kinds):
            assert isinstance(node, kinds)
            name = node.template.value if isinstance(node.template, nodes.Const) else None
            if not isinstance(name, str) or getattr(node, "ignore_missing", False):
                continue
            try:
                if self._partials.source(name) is not None:
                    continue
                error: Exception = TemplateNotFound(name)
            except NoPartial as refused:
                error = refused
            found.append(self._failures.told(error, names, None, node.lineno))
            if isinstance(node, nodes.Include):
                lacking.add(name)
        compiled = self._get(self._texts, source, lone=False)
        rendering = meter.Rendering(ref, noted=[], lacking=frozenset(lacking))
        token = meter.now.set(rendering)
        try:
            meter.joined(compiled.template.root_render_func(self._context(compiled, names)))
        except Exception:
            pass  # perhaps only because of what stands in place of the values that are missing
        finally:
            meter.now.reset(token)
        found += [self._failures.told(error, names, file, line) for error, file, line in rendering.noted or ()]
        return found

    def _context(self, compiled: _Compiled, names: Mapping[str, Any]) -> Context:
        # Shared: names and globals in one dictionary, where Jinja would chain two and copy them for each rendering.
        return compiled.template.new_context({**self._globals, **names}, shared=True)

    def _get(self, cache: dict[str, _Compiled], source: str, *, lone: bool) -> _Compiled:
        compiled = cache.get(source)
        if compiled is None:
            compiled = cache[source] = self._compile(source, lone=lone)
        return compiled

    def _compile(self, source: str, *, lone: bool, bare: bool = False) -> _Compiled:
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
            raise self._failures.syntax(error, None, source, bare=bare) from None
        except RecursionError:
            raise TemplateFailed("this template is nested too deeply") from None
        except (SyntaxError, ValueError, MemoryError, OverflowError) as error:
            said = jinja_words.of_failure(error)
            raise TemplateFailed(said.message, hint=said.hint) from None
        return _Compiled(template, expression is not None)

    def _run(self, compiled: _Compiled, names: Mapping[str, Any], ref: Ref | None) -> tuple[Any, tuple[str, ...]]:
        rendering = meter.Rendering(ref)
        token = meter.now.set(rendering)
        try:
            context = self._context(compiled, names)
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
            raise self._failures.syntax(error, error.filename, error.source or "") from None
        raise self._failures.told(error, names, *where(error)) from None


def _environment(partials: Partials) -> _Environment:
    env = _Environment(
        loader=FunctionLoader(partials.source),
        undefined=Undefined,
        autoescape=False,
        keep_trailing_newline=False,
        lstrip_blocks=False,
        trim_blocks=False,
        optimized=False,
        auto_reload=False,
        cache_size=-1,
        finalize=noting(filters.printable, ""),
        extensions=[_Neat],
    )
    env.filters = filters.guarded(env.filters, meter.spend)
    env.filters["_counted"] = meter.counted
    env.filters["_named"] = noting(env.filters["_named"], "")
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
