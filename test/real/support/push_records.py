"""push_records.py <endpoints.json> <tables folder> <seconds> [<kcat> <kcat's libraries>]: pushes trades with boto3 and flights with
librdkafka (in every codec, and one payload that is not JSON) and, given it, with `kcat -P` into a running pipeline, then looks into its
tables until all are there, for `seconds` at most. Prints one JSON object: table name -> expected and found values, milliseconds from the last acknowledgement to all being visible."""

import json
import os
import subprocess
import sys
import time

import boto3
from answer import answer
from confluent_kafka import Producer
from deltalake import DeltaTable

endpoints_file, tables, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
kcat = sys.argv[4:6]
with open(endpoints_file, encoding="utf-8") as file:
    endpoints = json.load(file)

COUNT = 50
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
CLIENTS = [*CODECS, "kcat"] if kcat else CODECS
trades = [9_100_000_000_000_000_001 + 2 * i for i in range(COUNT)]
delays = [1_000_000_000_001 + i for i in range(COUNT)]
broken = b"pushed, but no JSON"


def push_trades() -> None:
    stream = next(stream["name"] for stream in endpoints["streams"] if stream.get("table") == "stock_prices")
    kinesis = boto3.client(
        "kinesis",
        endpoint_url=endpoints["kinesis"],
        region_name=endpoints["region"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    trade = '{"event_time":"2026-11-21T12:00:00.000001Z","ticker":"%s","price":1.5,"trade_id":%d,"notional":12345678901234567890.123456}'
    records = [{"Data": (trade % ("PUSH", id)).encode(), "PartitionKey": str(id)} for id in trades]
    answer = kinesis.put_records(StreamName=stream, Records=records)
    if answer["FailedRecordCount"] != 0:
        sys.exit(f"expected {len(records)} records to be put, got {answer}")


def flights_of(client: str) -> list[bytes]:
    return [b'{"delay":%d,"distance":1,"time":0.5}' % delay for delay in delays[CLIENTS.index(client) :: len(CLIENTS)]]


def push_flights() -> None:
    topic = next(topic["name"] for topic in endpoints["topics"] if topic.get("table") == "flights")
    if kcat:
        program, libraries = kcat
        subprocess.run(
            [program, "-P", "-b", endpoints["kafka"], "-t", topic],
            input=b"\n".join(flights_of("kcat")),
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            check=True,
        )
    failures = []
    for codec in CODECS:
        producer = Producer(
            {"bootstrap.servers": endpoints["kafka"], "enable.idempotence": True, "compression.type": codec}
        )
        for payload in flights_of(codec) + ([broken] if codec == "none" else []):
            producer.produce(topic, payload, on_delivery=lambda error, _: failures.append(error) if error else None)
        if producer.flush(30) != 0 or failures:
            sys.exit(f"expected the {codec} records to be delivered, got {failures or 'no answer'}")


def column(table: str, name: str) -> list:
    return DeltaTable(f"{tables}/{table}").to_pyarrow_table(columns=[name]).column(name).to_pylist()


def found(table: str, name: str, wanted: list) -> list:
    return sorted(value for value in column(table, name) if value in wanted)


push_trades()
push_flights()
acknowledged = time.monotonic()
pushed = {
    "stock_prices": ("trade_id", trades),
    "flights": ("delay", delays),
    "dead_letters": ("payload", [broken]),
}
seen = {}
while len(seen) < len(pushed) and time.monotonic() < acknowledged + seconds:
    for table, (name, wanted) in pushed.items():
        if table not in seen and found(table, name, wanted) == wanted:
            seen[table] = round((time.monotonic() - acknowledged) * 1000)
    time.sleep(0.1)
answer(
    {
        table: {"pushed": len(wanted), "found": len(found(table, name, wanted)), "visibleMs": seen.get(table)}
        for table, (name, wanted) in pushed.items()
    }
)
