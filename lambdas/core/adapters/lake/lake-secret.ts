import type { z } from 'zod';

/** What a lake's secret says. Its values are in no message. Throws where it is not as it must be. */
export function lakeSecret<Schema extends z.ZodType>(schema: Schema, text: string, expected: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`expected the secret of the lake to be JSON with ${expected}, got no JSON`);
  }
  const { success, data } = schema.safeParse(json);
  if (!success) throw new Error(`expected the secret of the lake to be JSON with ${expected}, got other JSON`);
  return data;
}
