import { z } from 'zod';
import { duration } from './duration.ts';
import { secretArn, secretKeyArn } from './secret-settings.ts';

const waits = {
  timeout: duration
    .refine((value) => value >= 100 && value <= 30_000, 'expected 100ms to 30s')
    .prefault('5s')
    .describe('The longest that one answer may take; without one the batch is delivered again.'),
  unknownFor: duration
    .refine((value) => value >= 1_000 && value <= 3_600_000, 'expected 1s to 1h')
    .prefault('1m')
    .describe('How long an id that the registry does not know is taken for unknown without asking again.'),
};

const secretKeys =
  'A secret with JSON: `username` and `password` (basic), `token` (bearer), `headers` (an object), `certificate` and `privateKey` with `privateKeyPassword` (TLS client, PEM), `ca` (PEM). Read once, when a function starts.';

/** Messages and logs name URLs. */
const holdsNoSecret = (text: string): boolean => !/^https?:\/\/[^/?#]*@/.test(text);
const noSecret = 'expected a URL without user and password, which secretArn is for';

const url = z.url({ protocol: /^https?$/, error: 'expected a URL with http or https' }).refine(holdsNoSecret, noSecret);

/** A registry of schemas. */
export const registrySettings = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z
        .literal('confluent')
        .describe(
          'A registry with the HTTP interface of Confluent’s: also Karapace, Apicurio (`/apis/ccompat/v7`), Redpanda.',
        ),
      url: url.describe('Where it is; `/schemas/ids/<id>` is put behind it.'),
      secretArn: secretArn.optional().describe(secretKeys),
      secretKeyArn,
      ...waits,
    }),
    z.strictObject({
      kind: z.literal('glue').describe("AWS Glue's schema registry, in the environment's account and region."),
      ...waits,
    }),
    z.strictObject({
      kind: z.literal('rest').describe('A service that answers with a schema at a URL of its own.'),
      url: z
        .string()
        .regex(/^https?:\/\/[^\s{}]+\{id\}[^\s{}]*$/, 'expected a URL that holds {id} once, after the host')
        .refine(holdsNoSecret, noSecret)
        .describe('A URL with `{id}` in it, such as `https://schemas.example.com/v1/{id}.json`.'),
      secretArn: secretArn.optional().describe(secretKeys),
      secretKeyArn,
      ...waits,
    }),
  ])
  .transform(({ timeout, unknownFor, ...rest }) => ({ ...rest, timeoutMs: timeout, unknownForMs: unknownFor }));

export type RegistrySettings = z.output<typeof registrySettings>;
