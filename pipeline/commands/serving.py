"""`serve`: the gallery in a browser, live, on this machine alone."""

from __future__ import annotations

import importlib.util
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pipeline.commands.context import Context
from pipeline.errors import UsageError
from pipeline.live.state import Keeps, Update
from pipeline.options import BuildOptions
from pipeline.workshop import LOCAL, Workshop

if TYPE_CHECKING:
    from pipeline.live.keeping import Keeper

_NEEDS = ("starlette", "uvicorn")


def check_installed() -> None:
    """Raises UsageError where the libraries of the extra are not there."""
    lacking = [name for name in _NEEDS if importlib.util.find_spec(name) is None]
    if lacking:
        raise UsageError(
            f"the gallery needs {' and '.join(lacking)}, which is not installed",
            hint="`pip install 'asset-pipeline[serve]'` installs what it needs",
        )


_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""


def _share_memory() -> None:
    """Let threads take memory from one place, where the system's library can be told so.

    Else each keeps what it once needed: of 5,000 assets looked at and decided about, a fifth of what the server holds.
    """
    import ctypes

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


@contextmanager
def served(
    context: Context,
    keeper: Keeps,
    open_shop: Callable[[], Workshop],
    options: BuildOptions,
    *,
    auto: bool,
    port: int | None,
    opens: bool,
) -> Iterator[str]:
    """A project's gallery for the time of the block; gives the address to open, token and all.

    Raises UsageError where the port is taken or the extra is not installed, OSError.
    """
    check_installed()
    _share_memory()
    from pipeline.gallery.guard import token_in
    from pipeline.gallery.hall import Hall
    from pipeline.gallery.listening import Listeners
    from pipeline.gallery.running import HOST, Running, bound
    from pipeline.gallery.server import Gallery, message
    from pipeline.gallery.thumbnails import Thumbnails

    local = open_shop().root / LOCAL
    token, at = token_in(local), bound(port)
    hall = Hall(keeper, open_shop, options, auto=auto)
    listeners, thumbnails = Listeners(), Thumbnails(local)

    def told(update: Update) -> None:
        hall.heard(update)
        if listeners.any:
            for kind, value in hall.update(update):
                listeners.tell(message(kind, value))

    gallery = Gallery(hall, thumbnails, listeners, lambda error: _bug(context, error))
    running = Running(gallery.guarded(port=at.getsockname()[1], token=token), at, listeners)
    unsubscribe = keeper.subscribe(told)
    running.start()
    address = f"http://{HOST}:{running.port}/#token={token}"
    if opens:
        import webbrowser

        webbrowser.open(address)
    try:
        yield address
    finally:
        unsubscribe()
        running.close()
        thumbnails.close()


def serve(context: Context, *, port: int | None, opens: bool) -> int:
    """Show the gallery until Ctrl-C; nothing is built but what is asked for on the page."""
    check_installed()
    from pipeline.live.keeping import Keeper

    options = BuildOptions()
    keeper = Keeper(context.shop, options=options, auto=False)
    with served(context, keeper, context.shop, options, auto=False, port=port, opens=opens) as address:
        context.say(f"gallery: {address}")
        context.stdout.flush()
        with _stopping(context, keeper):
            return keeper.run()


@contextmanager
def _stopping(context: Context, keeper: Keeper) -> Iterator[None]:
    """Ctrl-C ends the keeper: at once, or if a build is under way when its calls have arrived; a second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        if keeper.state().building is not None:
            context.warn("finishing the calls in flight; press Ctrl-C again to end at once")
        keeper.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bug(context: Context, error: BaseException) -> str:
    """Write a report of what should never happen; gives the sentence for the page, and says it in the terminal."""
    from pipeline.bug import redacted, write_report

    what = redacted(f"{type(error).__name__}: {error}".strip(), context.environ)
    try:
        path = write_report(error, context.argv, context.environ, context.directory)
        told = f"this is a bug of the tool: {what}; please report it with {path}, which holds no secret"
    except OSError:
        told = f"this is a bug of the tool: {what}"
    context.warn(told)
    return told
