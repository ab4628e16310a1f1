import { z } from 'zod';
import { type Operation, operation, streamReference } from './inputs.ts';
import { KinesisError } from './kinesis-error.ts';
import type { Stream, StreamSettings } from './stream.ts';
import { type Streams, streamArn } from './streams.ts';

type Consumer = StreamSettings['consumers'][number];

const consumerReference = z.object({
  StreamARN: streamReference.StreamARN,
  ConsumerName: z.string().optional(),
  ConsumerARN: z.string().optional(),
});

const consumerArn = (stream: Stream, { name, createdMs }: Consumer): string =>
  `${streamArn(stream.settings.name)}/consumer/${name}:${Math.floor(createdMs / 1000)}`;

const describe = (stream: Stream, consumer: Consumer): object => ({
  ConsumerName: consumer.name,
  ConsumerARN: consumerArn(stream, consumer),
  ConsumerStatus: 'ACTIVE',
  ConsumerCreationTimestamp: new Date(consumer.createdMs),
});

function find(streams: Streams, reference: z.infer<typeof consumerReference>): [Stream, Consumer] {
  const stream = streams.get({ StreamARN: reference.StreamARN ?? reference.ConsumerARN });
  const consumer = stream.settings.consumers.find(
    (candidate) =>
      candidate.name === reference.ConsumerName || consumerArn(stream, candidate) === reference.ConsumerARN,
  );
  if (consumer !== undefined) return [stream, consumer];
  const asked = reference.ConsumerName ?? reference.ConsumerARN;
  throw new KinesisError('ResourceNotFoundException', `Consumer ${asked} of stream ${stream.settings.name} not found`);
}

/** Registered consumers are kept by name; reading by subscription (SubscribeToShard) is not offered. */
export const consumerOperations = (streams: Streams): Record<string, Operation> => ({
  RegisterStreamConsumer: operation(
    z.object({ StreamARN: streamReference.StreamARN, ConsumerName: z.string().min(1).max(128) }),
    ({ StreamARN, ConsumerName }, nowMs) => {
      const stream = streams.get({ StreamARN });
      if (stream.settings.consumers.some(({ name }) => name === ConsumerName)) {
        throw new KinesisError('ResourceInUseException', `Consumer ${ConsumerName} already exists`);
      }
      const consumer = { name: ConsumerName, createdMs: nowMs };
      stream.settings.consumers.push(consumer);
      stream.save();
      return { Consumer: describe(stream, consumer) };
    },
  ),
  DescribeStreamConsumer: operation(consumerReference, (reference) => {
    const [stream, consumer] = find(streams, reference);
    return { ConsumerDescription: { ...describe(stream, consumer), StreamARN: streamArn(stream.settings.name) } };
  }),
  ListStreamConsumers: operation(z.object({ StreamARN: streamReference.StreamARN }), (reference) => {
    const stream = streams.get(reference);
    return { Consumers: stream.settings.consumers.map((consumer) => describe(stream, consumer)) };
  }),
  DeregisterStreamConsumer: operation(consumerReference, (reference) => {
    const [stream, consumer] = find(streams, reference);
    stream.settings.consumers.splice(stream.settings.consumers.indexOf(consumer), 1);
    stream.save();
    return {};
  }),
});
