"""Memory that one step frees is kept for the next, where the system's C library is
glibc.

It gives large blocks back to the system as soon as they are freed, and the system
hands them out again page by page, each filled with zeros: of a network with large
pictures and little work a quarter of every step went into that. No number changes.
"""

import ctypes
import os
import platform
from functools import cache

SETTINGS = {-1: 2 ** 30,                # M_TRIM_THRESHOLD: so much may lie unused
            -3: 2 ** 25}                # M_MMAP_THRESHOLD: the largest there is


@cache
def keep_freed_memory() -> bool:
    """Ask the C library, once in a process, to keep freed memory for what comes next.

    Returns whether it does. Nothing is asked where there is no glibc, nor where the
    environment says COURSE_MALLOC=0 or has settings of glibc's own, such as
    MALLOC_TRIM_THRESHOLD_.
    """
    chosen = os.environ.get("COURSE_MALLOC") == "0" or any(
        name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ)
    if chosen or platform.libc_ver()[0] != "glibc":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(*each) for each in SETTINGS.items())
