import type { Letter } from '#pipeline/redrive/letter.ts';
import { instantText } from './text-table.ts';

export const letterLineColumns = [
  'source',
  'partition',
  'position',
  'timestamp',
  'table',
  'error',
  'redriven',
  'message',
] as const;

const timeOf = ({ timestampMs }: Letter): string | undefined =>
  timestampMs === undefined ? undefined : instantText(timestampMs);

/** The cells of `letterLineColumns`. */
export const letterLine = (letter: Letter, isRedriven: boolean): string[] => {
  const { source, partition = '', position = '', table, error, message } = letter;
  return [source, partition, position, timeOf(letter) ?? '', table, error, isRedriven ? 'yes' : 'no', message];
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes in JSON: a string where they are UTF-8, else `{"base64": …}`. */
function bytesJson(bytes: Uint8Array | undefined): string | { base64: string } | null {
  if (bytes === undefined) return null;
  try {
    return utf8.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

/** `isWhole`: with key, headers and payload. */
export function letterJson(letter: Letter, redriven: boolean, isWhole: boolean): Record<string, unknown> {
  const { key, headers, payload, timestampMs: _, ...rest } = letter;
  const about = { ...rest, timestamp: timeOf(letter), redriven };
  if (!isWhole) return about;
  const shown = headers.map(({ name, value }) => ({ name, value: bytesJson(value ?? undefined) }));
  return { ...about, key: bytesJson(key), headers: shown, payload: bytesJson(payload) };
}

const labelWidth = 14;

/** Everything about a letter, a line each. */
export function* letterDetails(letter: Letter, isRedriven: boolean): Generator<string> {
  const { redriven: _, ...about } = letterJson(letter, isRedriven, true);
  for (const [name, value] of Object.entries({ ...about, redriven: isRedriven ? 'yes' : 'no' })) {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    yield `${name.padEnd(labelWidth)}${typeof value === 'string' ? value : JSON.stringify(value)}`;
  }
  yield '';
}
