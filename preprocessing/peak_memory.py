"""How much memory a process took."""

import re
import resource
import sys
from pathlib import Path


def peak_memory_bytes() -> int:
    """Return the process' largest resident size so far, without the processes that it started."""
    status = Path("/proc/self/status")
    # Linux' own count of a process begins at its start; the other one takes over its parent's.
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) * 1024
    # macOS counts in bytes, others in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
