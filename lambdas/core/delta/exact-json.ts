/** `JSON` with access to a number's own text, as ECMAScript has it and TypeScript's library does not say yet. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}
const exactJson = JSON as unknown as ExactJson;

/** Parses `text`; integers under one of `keys` become bigint, from their own text. */
export const parseWithBigInts = (text: string, keys: ReadonlySet<string>): unknown =>
  exactJson.parse(text, (key, value, { source }) =>
    typeof value === 'number' && keys.has(key) && /^-?\d+$/.test(source ?? '') ? BigInt(source!) : value,
  );

/** What `JSON.stringify` writes as exactly this number. */
export const rawNumber = (text: string): unknown => exactJson.rawJSON(text);

/** JSON text in which bigints are numbers with all their digits. */
export const stringifyWithBigInts = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? rawNumber(member.toString()) : member,
  );

/** Parses `text`; every number becomes its own text. */
export const parseNumbersAsText = (text: string): unknown =>
  exactJson.parse(text, (_key, value, { source }) => (typeof value === 'number' ? source : value));

/** A JSON number as it was written: `rawJSON` is its text, and `JSON.stringify` writes that text again. */
export interface RawNumber {
  rawJSON: string;
}

/** Parses `text`; every number keeps its own text. */
export const parseWithRawNumbers = (text: string): unknown =>
  exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactJson.rawJSON(source) : value,
  );
