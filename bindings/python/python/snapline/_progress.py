"""The progress bar of a wait, drawn with tqdm where that is installed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Poll


class _Bar:
    """Shows the time that has passed, of the time that the wait may take."""

    def __init__(self, name: str, timeout: float) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
        except ImportError:
            raise ImportError("progress=True needs the package tqdm: pip install tqdm", name="tqdm") from None
        form = "{desc}: {elapsed} of at most {total:.0f} s{postfix}"
        self._bar = tqdm(desc=name, total=timeout, bar_format=form)

    def update(self, poll: Poll) -> None:
        self._bar.n = min(poll.elapsed, self._bar.total)
        state = poll.status if poll.error is None else str(poll.error)
        self._bar.set_postfix_str(state or "not there yet", refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        self._bar.close()


def bar(name: str, timeout: float) -> _Bar:
    return _Bar(name, timeout)
