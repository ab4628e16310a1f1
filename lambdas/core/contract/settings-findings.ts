import type { z } from 'zod';

/** One wrong key: what was expected of it, and what it is. */
export interface Finding {
  path: PropertyKey[];
  message: string;
}

type Issue = z.core.$ZodIssue;

/** zod's issues about `written`, one finding for each wrong key. */
export const findings = (issues: readonly Issue[], written: unknown): Finding[] => under([], issues, written);

/** A value as messages show it. */
export const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

function under(parent: PropertyKey[], issues: readonly Issue[], written: unknown): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = [...parent, ...issue.path];
    const got = shown(valueAt(written, path));
    switch (issue.code) {
      case 'invalid_union':
        return ofUnion(issue, path, written);
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: `expected no such key; got ${shown(valueAt(written, [...path, key]))}`,
        }));
      case 'invalid_key':
        return [{ path, message: `${issue.issues.map(expectation).join(', ')}; got ${shown(path.at(-1))}` }];
      default:
        return [{ path, message: / got /.test(issue.message) ? issue.message : `${expectation(issue)}; got ${got}` }];
    }
  });
}

/** A union is described by its member that came nearest, the one whose finding lies deepest; or by all that it may be. */
function ofUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: PropertyKey[], written: unknown): Finding[] {
  const members = issue.errors.map((member) => under(path, member, written));
  const nearest = members.toSorted((left, right) => depth(right) - depth(left))[0];
  if (nearest !== undefined && depth(nearest) > path.length) return nearest;
  const options = 'options' in issue ? (issue.options as unknown[]).map(shown) : [];
  const allowed = options.length > 0 ? [`expected ${options.join(', ')}`] : issue.errors.flat().map(expectation);
  const expected = [...new Set(allowed)].map((text, index) => (index === 0 ? text : text.replace(/^expected /, '')));
  return [{ path, message: `${expected.join(', or ')}; got ${shown(valueAt(written, path))}` }];
}

const typeNames: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys',
  record: 'keys',
};

/** zod says `Invalid input: expected string, received number`; our own rules say `expected …` and no more. */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return issue.exact === true ? sized(issue.origin, 'exactly', issue.minimum) : tooSmall(issue);
    case 'too_big':
      return issue.exact === true ? sized(issue.origin, 'exactly', issue.maximum) : tooBig(issue);
    default:
      return ownWords(issue);
  }
}

const sizedUnits: Record<string, string> = { string: 'character', array: 'entry', set: 'entry', object: 'key' };
const plurals: Record<string, string> = { character: 'characters', entry: 'entries', key: 'keys' };

/** A bound of a number, or of how many characters, entries or keys there are. */
function sized(origin: string, bound: string, limit: number | bigint): string {
  const unit = sizedUnits[origin];
  if (unit === undefined) return `expected a number of ${bound} ${limit}`;
  return `expected ${bound} ${limit} ${limit === 1 ? unit : plurals[unit]}`;
}

const tooSmall = ({ origin, minimum, inclusive }: Extract<Issue, { code: 'too_small' }>): string =>
  inclusive === false ? `expected a number above ${minimum}` : sized(origin, 'at least', minimum);

const tooBig = ({ origin, maximum, inclusive }: Extract<Issue, { code: 'too_big' }>): string =>
  inclusive === false ? `expected a number below ${maximum}` : sized(origin, 'at most', maximum);

function ownWords(issue: Issue): string {
  return issue.message.replace(/^[A-Z][a-z ]+: /, '').replace(/, received .*$/, '');
}

const depth = (found: readonly Finding[]): number => Math.max(0, ...found.map(({ path }) => path.length));

/** What lies at a path of keys; undefined where nothing does. */
export const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
