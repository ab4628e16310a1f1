"""Produces records to Kafka as the serialisers of a schema registry write them.

Usage: produce_serialised.py <bootstrap> <registry url> <count>; topics avro, json, protobuf, each with one partition.
"""

import datetime
import decimal
import sys
import uuid

from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

bootstrap, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
registry = SchemaRegistryClient({"url": url})
producer = Producer({"bootstrap.servers": bootstrap})

MONEY = """{"type": "record", "name": "Money", "namespace": "shop", "fields": [
  {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
  {"name": "currency", "type": "string"}]}"""
ORDER = """{"type": "record", "name": "Order", "namespace": "shop", "fields": [
  {"name": "id", "type": "long"},
  {"name": "price", "type": "shop.Money"},
  {"name": "placed", "type": {"type": "long", "logicalType": "timestamp-micros"}},
  {"name": "due", "type": {"type": "int", "logicalType": "date"}},
  {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
  {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["OPEN", "PAID"]}},
  {"name": "note", "type": ["null", "string"]},
  {"name": "reference", "type": ["null", "long", "string"]},
  {"name": "tags", "type": {"type": "map", "values": "int"}},
  {"name": "lines", "type": {"type": "array", "items": "string"}}%s]}"""
COUPON = ', {"name": "coupon", "type": ["null", "string"], "default": null}'
VISIT = """{"title": "Visit", "type": "object", "properties": {
  "id": {"type": "integer"}, "page": {"type": "string"}, "seconds": {"type": "number"}}}"""

noon = datetime.datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=datetime.timezone.utc)


def order(id):
    return {
        "id": id if id != 1 else 2**63 - 1,
        "price": {"amount": decimal.Decimal("-1234567.89"), "currency": "CHF"},
        "placed": noon,
        "due": datetime.date(2026, 12, 24),
        "key": uuid.UUID(int=id),
        "state": "PAID",
        "note": None if id % 2 == 0 else "grüezi",
        "reference": [None, id, "R-%d" % id][id % 3],
        "tags": {"a": id},
        "lines": ["x", "y"],
    }


LONG, STRING, DOUBLE, UNSIGNED, MESSAGE = 3, 9, 1, 4, 11


def visit_class():
    """The second message of its file, which imports another and Google's; `Visit` has entries of a map before its nested message."""
    money = descriptor_pb2.FileDescriptorProto(name="shop/money.proto", package="shop", syntax="proto3")
    amount = money.message_type.add(name="Money")
    amount.field.add(name="currency", number=1, type=STRING, label=1)
    amount.field.add(name="units", number=2, type=UNSIGNED, label=1)
    file = descriptor_pb2.FileDescriptorProto(name="visit.proto", package="shop", syntax="proto3")
    file.dependency.extend(["shop/money.proto", "google/protobuf/timestamp.proto"])
    file.message_type.add(name="Other").field.add(name="id", number=1, type=STRING, label=1)
    visit = file.message_type.add(name="Visit")
    entry = visit.nested_type.add(name="TagsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=STRING, label=1)
    entry.field.add(name="value", number=2, type=LONG, label=1)
    step = visit.nested_type.add(name="Step")
    step.field.add(name="at", number=1, type=MESSAGE, label=1, type_name=".google.protobuf.Timestamp")
    step.field.add(name="next", number=2, type=MESSAGE, label=1, type_name=".shop.Visit.Step")
    for number, (name, kind) in enumerate([("id", LONG), ("page", STRING), ("seconds", DOUBLE)], 1):
        visit.field.add(name=name, number=number, type=kind, label=1)
    visit.field.add(name="tags", number=4, type=MESSAGE, label=3, type_name=".shop.Visit.TagsEntry")
    visit.field.add(name="steps", number=5, type=MESSAGE, label=3, type_name=".shop.Visit.Step")
    visit.field.add(name="paid", number=6, type=MESSAGE, label=1, type_name=".shop.Money")
    pool = descriptor_pool.DescriptorPool()
    timestamp = descriptor_pb2.FileDescriptorProto()
    timestamp_pb2.DESCRIPTOR.CopyToProto(timestamp)
    for each in (timestamp, money, file):
        pool.Add(each)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Visit"))


def visit_of(visit, id):
    message = visit(id=id, page="/%d" % id, seconds=id / 8, tags={"a": id})
    message.steps.add().at.FromDatetime(noon)
    message.steps[0].next.SetInParent()
    message.paid.currency = "CHF"
    message.paid.units = 2**64 - 1
    return message


def send(topic, serialise, value):
    producer.produce(topic, serialise(value, SerializationContext(topic, MessageField.VALUE)), partition=0)


registry.register_schema("money", Schema(MONEY, "AVRO"))
references = [SchemaReference("shop.Money", "money", 1)]
first = AvroSerializer(registry, Schema(ORDER % "", "AVRO", references))
second = AvroSerializer(registry, Schema(ORDER % COUPON, "AVRO", references))
for id in range(count):
    if id % 2 == 0:
        send("avro", first, order(id))
    else:
        send("avro", second, {**order(id), "coupon": "C%d" % id})

to_json = JSONSerializer(VISIT, registry)
for id in range(count):
    send("json", to_json, {"id": id, "page": "/%d" % id, "seconds": id / 8})

Visit = visit_class()
to_protobuf = ProtobufSerializer(Visit, registry, {"use.deprecated.format": False})
for id in range(count):
    send("protobuf", to_protobuf, visit_of(Visit, id))

left = producer.flush(30)
if left > 0:
    sys.exit("%d records were not delivered" % left)
