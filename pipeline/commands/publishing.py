"""`gallery`: the project's pictures as files that a browser shows, from the disk or from any web host.

`gallery --json` prints one document; fields are only ever added while `version` is 1:

    version       1
    index         the page to open
    assets        how many are shown
    files, bytes  what was written, or stood there already
    against       null, or what `window.GALLERY.against` says (see gallery/static.py)
    price         what a build would draw now: {draws, table_micro_usd}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.amounts import plural, size_of, usd
from pipeline.commands.context import Context
from pipeline.commits import base_of, short
from pipeline.options import BuildOptions
from pipeline.views.planned import Forecast
from pipeline.words import MicroUsd


def gallery(context: Context, *, select: Sequence[str], exclude: Sequence[str], out: str, against: str | None) -> int:
    """Write the gallery of the selected assets into a folder; with `against`, what changed since then comes first.

    Raises UsageError where the folder is not for it, or git does not know the revision; StoreError, OSError.
    """
    from pipeline.gallery import folder, static
    from pipeline.live.reading import Reading
    from pipeline.views.since import Since

    shop = context.shop()
    # First of all, since nobody wants to wait for what cannot be.
    base = base_of(shop.root, against) if against is not None else None
    target = folder.checked(shop, context.here / out)
    reading = Reading(lambda: shop, select=select, exclude=exclude, options=BuildOptions())
    look = reading.look()
    if look.error is not None or look.plan is None:
        raise look.error or AssertionError("a look without an error has a plan")
    since = Since(shop, base, static.edited_files(shop, reading.rows)) if base is not None else None
    removed = since.removed(select, exclude) if since is not None else ()
    made = static.gallery_of(look, reading.rows, reading.spent_ever, since, removed)
    size = folder.write(target, made.files)
    told = {
        "version": 1,
        "index": str(target / "index.html"),
        "assets": len(made.data["wall"]["rows"]),
        "files": len(made.files),
        "bytes": size,
        "against": made.data["against"],
        "price": _price(look.plan),
    }
    if context.json:
        context.tell_json(told)
    else:
        _tell(context, told, out)
    return 0


def _price(plan: Forecast) -> dict[str, int]:
    """What would be drawn, if not here then where there is a key."""
    price = plan.with_key
    return {"draws": price.certain + price.possible, "table_micro_usd": price.possible_table}


def _tell(context: Context, told: Mapping[str, Any], out: str) -> None:
    against, price = told["against"], told["price"]
    if against is not None and not context.quiet:
        context.say(against["why"])
        counts = ", ".join(f"{against[name]:,} {name}" for name in ("added", "changed", "removed"))
        context.say(f"Since {short(against['commit'])}: {counts}; {_paid(against)}.")
    if price["draws"] and not context.quiet:
        context.say(
            f"A build would draw {plural(price['draws'], 'picture')}, {usd(price['table_micro_usd'])} by the table."
        )
    index = f"{out.rstrip('/')}/index.html"
    context.say(f"{plural(told['assets'], 'asset')} in {index}, {size_of(told['bytes'])}")


def _paid(against: Mapping[str, Any]) -> str:
    text = f"{plural(against['takes'], 'picture')} drawn for {usd(MicroUsd(against['cost_micro_usd']))}"
    if against["takes_of_unknown_cost"]:
        text += f" and {against['takes_of_unknown_cost']:,} of these at a cost that is not known here"
    if against["in_vain_micro_usd"]:
        text += f", {usd(against['in_vain_micro_usd'])} for answers without one"
    return text
