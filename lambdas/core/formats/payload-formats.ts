import type { EnvelopeSettings } from '#contract/envelope-settings.ts';
import type { FormatKind, FormatOf, FormatSettings } from '#contract/format-settings.ts';
import type { FormatPorts } from './format-ports.ts';
import type { PayloadDecoder } from './payload-decoder.ts';

type Maker<Kind extends FormatKind> = (format: FormatOf<Kind>, ports: FormatPorts) => Promise<PayloadDecoder>;

/** A line for each format. Its library is loaded with its decoder, so that functions load those that their source asks for. */
const makers: { [Kind in FormatKind]: Maker<Kind> } = {
  json: async (format, ports) => (await import('./json-decoder.ts')).jsonDecoder(format, ports),
  avro: async (format, ports) => (await import('./avro/avro-decoder.ts')).avroDecoder(format, ports),
  protobuf: async (format, ports) => (await import('./protobuf/protobuf-decoder.ts')).protobufDecoder(format, ports),
  msgpack: async (format, ports) => (await import('./msgpack/msgpack-decoder.ts')).msgpackDecoder(format, ports),
  string: async () => (await import('./string.ts')).stringDecoder,
  int64: async () => (await import('./int64.ts')).int64Decoder,
  bytes: async () => (await import('./bytes.ts')).bytesDecoder,
};

/**
 * The decoder of a source's payloads, in their envelopes.
 *
 * @throws {Error} when a schema file does not hold what the format reads.
 */
export async function payloadDecoder<Kind extends FormatKind>(
  format: FormatSettings & { kind: Kind },
  ports: FormatPorts,
  envelopes: readonly EnvelopeSettings[] = [],
): Promise<PayloadDecoder> {
  const decoder = await (makers[format.kind as Kind] as Maker<Kind>)(format as FormatOf<Kind>, ports);
  return envelopes.length === 0 ? decoder : (await import('./envelope.ts')).inEnvelopes(decoder, envelopes);
}
