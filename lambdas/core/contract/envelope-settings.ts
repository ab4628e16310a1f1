import { z } from 'zod';
import { byteSize } from './duration.ts';

const greatestBytes = 64 * 1024 ** 2;

const maxBytes = byteSize
  .refine((bytes) => bytes <= greatestBytes, 'expected at most 64MiB')
  .prefault('16MiB')
  .describe('What comes out of the envelope, at most: more is a dead letter. 64MiB at most.');

const compressed = z.strictObject({
  kind: z
    .enum(['gzip', 'zstd', 'snappy', 'deflate', 'deflateRaw'])
    .describe(
      'How it is packed: gzip (RFC 1952), zstd (RFC 8878), Snappy (raw blocks, or the framing format, which its first bytes tell), deflate with zlib’s header (RFC 1950) or without it (RFC 1951).',
    ),
  maxBytes,
});

const base64Json = z.strictObject({
  kind: z.literal('base64Json').describe('A JSON object of which one field holds the payload, in base64.'),
  field: z
    .string()
    .regex(/^[^.]+(\.[^.]+)*$/, 'expected the name of a field, such as data, or a path, such as detail.data')
    .describe('The field; dots lead into objects.'),
  maxBytes,
});

const envelope = z.union(
  [
    z.enum(['gzip', 'zstd', 'snappy', 'deflate', 'deflateRaw']).transform((kind) => compressed.parse({ kind })),
    z.discriminatedUnion('kind', [compressed, base64Json]),
  ],
  {
    error:
      'expected gzip, zstd, snappy, deflate, deflateRaw, or an object such as { kind: base64Json, field: data } or { kind: gzip, maxBytes: 4MiB }',
  },
);

/** What payloads are wrapped in, from the outside in. */
export const envelopeSettings = z.union([envelope.transform((one) => [one]), z.array(envelope).max(8)], {
  error: 'expected an envelope, or a list of them from the outside in',
});

export type EnvelopeSettings = z.output<typeof envelope>;
