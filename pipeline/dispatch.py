"""From the values of a command line to the command: each module is imported when its command is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipeline import errors

if TYPE_CHECKING:
    from argparse import Namespace

    from pipeline.commands.context import Context
    from pipeline.options import BuildOptions


def _options(args: Namespace) -> BuildOptions:
    from pipeline.options import BuildOptions

    return BuildOptions(
        generator=args.generator,
        offline=args.offline,
        redraw_missing=args.redraw_missing,
        jobs=getattr(args, "jobs", None),
        max_cost=getattr(args, "max_cost", None),
        yes=getattr(args, "yes", False),
        fail_fast=getattr(args, "fail_fast", False),
        placeholders=not getattr(args, "no_placeholders", False),
        prune=getattr(args, "prune", False),
        frozen=getattr(args, "frozen", False),
    )


def _build(context: Context, args: Namespace) -> int:
    from pipeline.commands import making

    return making.build(context, select=args.words, exclude=args.exclude, options=_options(args))


def _plan(context: Context, args: Namespace) -> int:
    from pipeline.commands import making

    return making.plan(
        context,
        select=args.words,
        exclude=args.exclude,
        options=_options(args),
        markdown=args.markdown,
        exit_code=args.exit_code,
    )


def _watch(context: Context, args: Namespace) -> int:
    from pipeline.commands import watching

    if not args.serve and (args.port is not None or args.open):
        raise errors.UsageError("--port and --open go with --serve", hint="`pipeline watch --serve`")
    return watching.watch(
        context,
        select=args.words,
        exclude=args.exclude,
        options=_options(args),
        settle_s=args.settle,
        gallery=(args.port, args.open) if args.serve else None,
    )


def _serve(context: Context, args: Namespace) -> int:
    from pipeline.commands import serving

    return serving.serve(context, port=args.port, opens=args.open)


def _list(context: Context, args: Namespace) -> int:
    from pipeline.commands import looking

    return looking.list_assets(context, select=args.words, exclude=args.exclude)


def _graph(context: Context, args: Namespace) -> int:
    from pipeline.commands import graphs

    return graphs.graph(context, select=args.words, exclude=args.exclude, form="json" if context.json else args.format)


def _look(name: str) -> Callable[[Context, Namespace], int]:
    def look(context: Context, args: Namespace) -> int:
        from pipeline.commands import explaining, looking

        looks = {"show": looking.show, "takes": looking.takes, "explain": explaining.explain}
        return looks[name](context, id=args.id)

    return look


def _decide(name: str) -> Callable[[Context, Namespace], int]:
    def decide(context: Context, args: Namespace) -> int:
        from pipeline.commands import deciding

        return deciding.decide(context, name, select=args.words, note=args.note)

    return decide


def _pick(context: Context, args: Namespace) -> int:
    from pipeline.commands import deciding

    return deciding.pick(context, id=args.id, take=args.take, note=args.note)


def _reject(context: Context, args: Namespace) -> int:
    from pipeline.commands import deciding

    return deciding.reject(context, id=args.id, take=args.take, note=args.note)


def _note(context: Context, args: Namespace) -> int:
    from pipeline.commands import deciding

    return deciding.annotate(context, id=args.id, note=args.text)


def _refine(context: Context, args: Namespace) -> int:
    from pipeline.commands import deciding

    if args.undo == (args.turn is not None) or (args.undo and (args.image_size or args.aspect_ratio)):
        raise errors.UsageError("`pipeline refine` takes ID and TEXT, or ID and --undo", hint="quote the text")
    return deciding.refine(
        context,
        id=args.id,
        turn=args.turn,
        image_size=args.image_size,
        aspect_ratio=args.aspect_ratio,
        note=args.note,
    )


def _adopt(context: Context, args: Namespace) -> int:
    from pipeline.commands import deciding

    if args.folder is not None:
        if args.take:
            raise errors.UsageError("--take and --from do not go together", hint="adopt takes one by one")
        return deciding.adopt_from(context, folder=args.folder, select=args.words, note=args.note)
    if len(args.words) not in (1, 2):
        raise errors.UsageError(
            "`pipeline adopt` takes ID and FILE, or --from DIR", hint="`pipeline adopt --help` says how"
        )
    file = args.words[1] if len(args.words) == 2 else None
    return deciding.adopt(context, id=args.words[0], file=file, as_take=args.take, note=args.note)


def _share(name: str) -> Callable[[Context, Namespace], int]:
    def share(context: Context, args: Namespace) -> int:
        from pipeline.commands import deciding

        return deciding.push(context) if name == "push" else deciding.pull(context)

    return share


def _gallery(context: Context, args: Namespace) -> int:
    from pipeline.commands import publishing

    return publishing.gallery(context, select=args.words, exclude=args.exclude, out=args.out, against=args.against)


def _disclose(context: Context, args: Namespace) -> int:
    from pipeline.commands import disclosing

    form = "json" if context.json else args.format
    return disclosing.disclose(
        context, select=args.words, exclude=args.exclude, form=form, prompts=args.prompts, guard=args.guard
    )


def _request(context: Context, args: Namespace) -> int:
    from pipeline.commands import asking

    return asking.request(context, id=args.id, form="json" if context.json else args.form)


def _costs(context: Context, args: Namespace) -> int:
    from pipeline.commands import money

    return money.costs(context, by=tuple(args.by or ()), each=args.calls)


def _models(context: Context, args: Namespace) -> int:
    from pipeline.commands import money

    return money.models(context)


def _init(context: Context, args: Namespace) -> int:
    from pipeline.commands import starting

    return starting.init(context)


def _schema(context: Context, args: Namespace) -> int:
    from pipeline.commands import starting

    return starting.schema(context, output=args.output, settings=args.settings)


def _doctor(context: Context, args: Namespace) -> int:
    from pipeline.commands import starting

    return starting.doctor(context, online=args.online)


COMMANDS: Mapping[str, Callable[[Context, Namespace], int]] = {
    "build": _build,
    "plan": _plan,
    "watch": _watch,
    "serve": _serve,
    "list": _list,
    "graph": _graph,
    "show": _look("show"),
    "takes": _look("takes"),
    "explain": _look("explain"),
    "request": _request,
    **{name: _decide(name) for name in ("reroll", "keep", "restore", "approve", "protect", "unprotect")},
    "pick": _pick,
    "reject": _reject,
    "note": _note,
    "refine": _refine,
    "adopt": _adopt,
    "push": _share("push"),
    "pull": _share("pull"),
    "gallery": _gallery,
    "disclose": _disclose,
    "costs": _costs,
    "models": _models,
    "init": _init,
    "schema": _schema,
    "doctor": _doctor,
}
