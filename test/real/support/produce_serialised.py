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
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

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


def visit_class():
    file = descriptor_pb2.FileDescriptorProto(name="visit.proto", package="shop", syntax="proto3")
    message = file.message_type.add(name="Visit")
    for number, (name, kind) in enumerate([("id", 3), ("page", 9), ("seconds", 1)], 1):
        message.field.add(name=name, number=number, type=kind, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Visit"))


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
    send("protobuf", to_protobuf, Visit(id=id, page="/%d" % id, seconds=id / 8))

left = producer.flush(30)
if left > 0:
    sys.exit("%d records were not delivered" % left)
