"""Compile a kernel with numba once its work pays for the loading, and run it as plain Python until then.

A kernel fills arrays that the caller made and uses nothing but loops, numbers and indexing, so that the compiled and
the plain run give the same results. Annotate its arguments as `Array`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["COMPILE_ABOVE", "Array", "call", "compiled"]

Array: TypeAlias = Any
"""An array when compiled, a list in plain Python."""

COMPILE_ABOVE = 3_000_000
"""Work (firms plus twice the ties, times runs) that plain Python does in the 0.9 s that loading numba takes."""

_compiled: dict[Callable[..., None], Callable[..., None] | None] = {}
_spent: dict[Callable[..., None], int] = {}


def _compile(kernel: Callable[..., None]) -> Callable[..., None] | None:
    try:
        import numba
    except ImportError:
        return None
    try:
        return numba.njit(nogil=True, error_model="numpy", cache=True)(kernel)
    except RuntimeError:  # no folder that the cache could be written to
        return numba.njit(nogil=True, error_model="numpy")(kernel)


def compiled(kernel: Callable[..., None], work: int) -> Callable[..., None] | None:
    """Return a kernel compiled, once its work, this run included, is worth the loading, or None."""
    if kernel not in _compiled:
        _spent[kernel] = _spent.get(kernel, 0) + work
        if _spent[kernel] > COMPILE_ABOVE:
            _compiled[kernel] = _compile(kernel)
    return _compiled.get(kernel)


def call(
    kernel: Callable[..., None], inputs: Sequence[NDArray[Any]], outputs: Sequence[NDArray[Any]], *, work: int
) -> None:
    """Run a kernel on `inputs` and fill `outputs`; compiled once its work, this run included, is worth the loading.

    Whoever plans many runs states their whole work at the first and 0 at the others.
    """
    fast = compiled(kernel, work)
    if fast is not None:
        fast(*inputs, *outputs)
        return
    # Plain Python indexes lists several times faster than arrays.
    filled = [array.tolist() for array in outputs]
    kernel(*(array.tolist() for array in inputs), *filled)
    for array, values in zip(outputs, filled, strict=True):
        array[:] = values
