import type { StructType } from '#delta/schema.ts';
import type { DecodedRecord } from './decoded-value.ts';

/** What a payload says of itself: the same object for each payload of one schema. */
export interface PayloadType {
  /** Full name of an Avro record or a Protobuf message, or the title of a JSON Schema. */
  readonly name: string | undefined;
  /** Id of its schema in a registry, as text. */
  readonly id: string | undefined;
  /** Delta types of its fields, where its schema tells them: a table grows by them and not by what values look like. */
  readonly columns: StructType | undefined;
}

/** Why a payload could not be decoded. `path` points into it: `$.a[3]`. */
export interface DecodeFailure {
  kind: 'failure';
  error:
    | 'InvalidUtf8'
    | 'InvalidJson'
    | 'DuplicateKey'
    | 'TooDeep'
    | 'TooLarge'
    | 'NotAnObject'
    | 'InvalidFraming'
    | 'InvalidEnvelope'
    | 'UnknownSchema'
    | 'UnusableSchema'
    | 'InvalidPayload';
  message: string;
  path: string;
  /** Its schema, where the payload told as much before it failed. */
  type?: Pick<PayloadType, 'name' | 'id'> | undefined;
}

export type Decoded = { kind: 'record'; record: DecodedRecord; type?: PayloadType | undefined } | DecodeFailure;

/** Decodes the payloads of one source. */
export interface PayloadDecoder {
  /**
   * Loads what decoding these payloads needs, such as schemas of a registry: asked for once however many payloads need one, and
   * remembered, that there is none too.
   *
   * @throws {RegistryUnreachable} An outage: the batch is to be delivered again.
   */
  prepare(payloads: Iterable<Uint8Array>): Promise<void>;
  /** Synchronous, after `prepare`; never throws whatever the bytes, takes time and memory in proportion to them. */
  decode(payload: Uint8Array): Decoded;
  /**
   * Bytes that `decode` has taken out of envelopes and compressed bodies so far: memory and time go by them. Absent where there
   * are none.
   */
  readonly openedBytes?: number;
  /**
   * The payloads, each of one record, that a payload of many holds; nothing where it holds one, or cannot be taken apart (it is
   * decoded as a whole then, and fails). Taken apart again, it becomes the same ones.
   */
  split?(payload: Uint8Array): readonly Uint8Array[] | undefined;
}

export const failure = (error: DecodeFailure['error'], message: string, path = '$'): DecodeFailure => ({
  kind: 'failure',
  error,
  message,
  path,
});

/** Of a decoder that needs none. */
export const noPreparation = async (): Promise<void> => undefined;
