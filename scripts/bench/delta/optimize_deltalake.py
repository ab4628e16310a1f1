"""Optimizes the table in a folder with delta-rs. Arguments: the folder, the target in bytes, tasks at a time."""

import json
import resource
import sys
import time

from deltalake import DeltaTable
from peak_memory import peak_mib

folder, target, tasks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1000


started, before = time.perf_counter(), cpu()
metrics = DeltaTable(folder).optimize.compact(target_size=target, max_concurrent_tasks=tasks)
print(
    json.dumps(
        {
            "ms": (time.perf_counter() - started) * 1000,
            "cpuMs": cpu() - before,
            "peakMiB": peak_mib(),
            "filesBefore": metrics["numFilesRemoved"],
            "filesAfter": metrics["numFilesAdded"],
            "MiB": json.loads(metrics["filesAdded"])["totalSize"] / 1024**2
            if isinstance(metrics["filesAdded"], str)
            else metrics["filesAdded"]["totalSize"] / 1024**2,
        }
    )
)
