"""Writes to a Kinesis stream with boto3 and reads it back: kinesis_boto3.py <endpoint> <stream>. Prints what it saw as JSON."""

import json
import sys

import boto3

endpoint, stream = sys.argv[1:]
client = boto3.client(
    "kinesis", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
)
client.create_stream(StreamName=stream, ShardCount=2)
client.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
sent = [f"record {i} é".encode() for i in range(1000)]
failed = 0
for start in range(0, len(sent), 500):
    records = [{"Data": data, "PartitionKey": f"key-{i}"} for i, data in enumerate(sent[start : start + 500])]
    failed += client.put_records(StreamName=stream, Records=records)["FailedRecordCount"]
read = []
for shard in client.list_shards(StreamName=stream)["Shards"]:
    iterator = client.get_shard_iterator(
        StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    while True:
        page = client.get_records(ShardIterator=iterator, Limit=300)
        read += [record["Data"] for record in page["Records"]]
        if page["MillisBehindLatest"] == 0:
            break
        iterator = page["NextShardIterator"]
try:
    client.put_record(StreamName="absent", PartitionKey="key", Data=b"x")
    refusal = None
except client.exceptions.ResourceNotFoundException as error:
    refusal = error.response["Error"]["Code"]
print(json.dumps({"failed": failed, "same": sorted(read) == sorted(sent), "refusal": refusal}))
