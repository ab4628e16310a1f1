"""Peak memory of this process, as scripts/bench/peak-memory.ts has it for ours."""

import re
import resource


def peak_mib() -> float:
    try:
        with open("/proc/self/status", encoding="utf-8") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) / 1024
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
