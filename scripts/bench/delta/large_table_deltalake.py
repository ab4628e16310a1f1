"""One case on the large table in a folder, by delta-rs. Arguments: the folder, the case, the partition to scan."""

import json
import statistics
import sys
import time
import warnings

from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.transaction import AddAction
from peak_memory import peak_mib

warnings.simplefilter("ignore")
folder, case, partition = sys.argv[1:4]
warm_commits = 5
hooks = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


def append(table: DeltaTable) -> None:
    name = f"p=0000/part-{time.time_ns():x}.parquet"
    stats = json.dumps({"numRecords": 1})
    add = AddAction(name, 1000, {"p": "0000"}, int(time.time() * 1000), True, stats)
    table.create_write_transaction(
        [add], "append", table.schema(), ["p"], commit_properties=CommitProperties(), post_commithook_properties=hooks
    )


def timed(work) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


figures = {}
if case == "cold commit":
    figures["ms"] = timed(lambda: append(DeltaTable(folder)))
elif case == "warm commit":
    table = DeltaTable(folder)

    def again() -> None:
        table.update_incremental()
        append(table)

    figures["ms"] = statistics.median(timed(again) for _ in range(warm_commits))
elif case == "checkpoint":

    def checkpoint() -> None:
        table = DeltaTable(folder)
        table.create_checkpoint()

    figures["ms"] = timed(checkpoint)
elif case == "scan plan":
    found = []
    figures["ms"] = timed(lambda: found.extend(DeltaTable(folder).file_uris([("p", "=", partition)])))
    figures["files"] = len(found)
else:
    raise SystemExit(f"expected a case, got {case}")
figures["peakMiB"] = peak_mib()
print(json.dumps(figures))
