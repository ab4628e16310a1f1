import type { Broker } from './broker.ts';
import type { WireReader, WireWriter } from './wire.ts';

/** One request under way. */
export interface Call {
  version: number;
  clientId: string;
  clientHost: string;
  broker: Broker;
  /** The request's body; strings and bytes read from it are views. */
  request: WireReader;
  /** The answer's body. */
  answer: WireWriter;
  /** Set by a request that wants no answer. */
  silent: boolean;
  /** The connection is gone: nobody waits for an answer. */
  aborted: AbortSignal;
}

/** One of Kafka's APIs, in the versions before "flexible" encoding (KIP-482). */
export interface Api {
  key: number;
  versions: readonly [least: number, greatest: number];
  /** Reads the request and writes the answer. */
  handle(call: Call): void | Promise<void>;
}
