import type { SchemaRegistry } from './registry.ts';

/** What decoders are given besides their settings. */
export interface FormatPorts {
  /** A registry by its name in the settings. */
  registryOf(name: string): SchemaRegistry;
  /** What a schema file holds, by its path in the settings. */
  schemaFile(path: string): Uint8Array;
}
