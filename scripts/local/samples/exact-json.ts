interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}

/**
 * Parses JSON for writing it again: every number keeps the digits it was written with (`0.0` stays `0.0`), as ECMAScript's
 * `JSON.rawJSON`.
 */
export const parseKeepingNumbers = (text: string): unknown => {
  const json = JSON as unknown as ExactJson;
  return json.parse(text, (_key, value, { source }) => (typeof value === 'number' ? json.rawJSON(source) : value));
};
