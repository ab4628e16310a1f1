import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { lastCheckpointPath } from './log-path.ts';
import type { ObjectStore } from './object-store.ts';

/** The hint where the newest checkpoint is (PROTOCOL.md, "Last Checkpoint File"). It may be stale, damaged or missing. */
export interface LastCheckpoint {
  version: number;
  /** Actions in the checkpoint. */
  size: number;
  parts?: number;
  sizeInBytes?: number;
  numOfAddFiles?: number;
}

/** The hint, or `undefined` when it is missing, unreadable, or contradicts its own checksum. */
export async function readLastCheckpoint(store: ObjectStore): Promise<LastCheckpoint | undefined> {
  const object = await store.read(lastCheckpointPath);
  if (object === undefined) return undefined;
  try {
    const json = JSON.parse(new TextDecoder().decode(object.bytes)) as LastCheckpoint & { checksum?: string };
    const version: unknown = json?.version;
    if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) return undefined;
    if (json.checksum !== undefined && json.checksum !== checksumOf(json)) return undefined;
    return json;
  } catch {
    return undefined;
  }
}

/** The hint's bytes, checksum included. */
export const serializeLastCheckpoint = (hint: LastCheckpoint): Uint8Array =>
  utf8ToBytes(JSON.stringify({ ...hint, checksum: checksumOf(hint) }));

/** MD5 of the canonical form of all members but `checksum` (PROTOCOL.md, "JSON checksum"). */
export function checksumOf(json: object): string {
  const { checksum: _, ...members } = json as Record<string, unknown>;
  return bytesToHex(md5(utf8ToBytes(canonicalMembers(members, []).join(','))));
}

function canonicalMembers(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((element, index) => canonicalMembers(element, [...path, `${index}`]));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, member]): [string, unknown] => [canonicalText(key), member])
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([key, member]) => canonicalMembers(member, [...path, key]));
  }
  return [`${path.join('+')}=${typeof value === 'string' ? canonicalText(value) : String(value)}`];
}

const canonicalText = (text: string): string =>
  `"${encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)}"`;
