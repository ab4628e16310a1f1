"""Uses the S3 at argv[1] through boto3 and through deltalake's object store; prints what each saw as JSON."""

import io
import json
import os
import sys

import boto3
import deltalake
import pyarrow as pa

endpoint = sys.argv[1]
s3 = boto3.client(
    "s3", endpoint_url=endpoint, aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1"
)
s3.create_bucket(Bucket="clients")
s3.put_object(Bucket="clients", Key="boto/a b+c/é", Body=b"small")
large = os.urandom(20 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(large), "clients", "boto/large")
read = io.BytesIO()
s3.download_fileobj("clients", "boto/large", read)
boto = {
    "small": s3.get_object(Bucket="clients", Key="boto/a b+c/é")["Body"].read().decode(),
    "large": read.getvalue() == large,
    "keys": [found["Key"] for found in s3.list_objects_v2(Bucket="clients", Prefix="boto/")["Contents"]],
}

table = "s3://clients/table"
options = {
    "AWS_ENDPOINT_URL": endpoint,
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
}
for number in range(12):
    rows = pa.table({"id": [number], "part": ["A/B" if number % 2 else "x y"]})
    deltalake.write_deltalake(table, rows, mode="append", partition_by=["part"], storage_options=options)
opened = deltalake.DeltaTable(table, storage_options=options)
opened.create_checkpoint()
opened.optimize.compact()
again = deltalake.DeltaTable(table, storage_options=options)
delta = {"version": again.version(), "ids": sorted(again.to_pyarrow_table()["id"].to_pylist())}
print(json.dumps({"boto": boto, "delta": delta}), flush=True)
# Arrow's threads now and then abort the interpreter while it winds down.
os._exit(0)
