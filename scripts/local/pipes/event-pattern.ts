type Matcher = null | string | number | boolean | Record<string, unknown>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether an event matches an EventBridge pattern: every field of the pattern must match, each list means "any of".
 * Of the comparisons, `prefix`, `suffix`, `equals-ignore-case`, `anything-but`, `exists` and `numeric` are known; another one is an error.
 */
export function matchesPattern(event: unknown, pattern: unknown): boolean {
  if (!isObject(pattern)) throw new Error(`expected an event pattern, got ${JSON.stringify(pattern)}`);
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = isObject(event) ? event[field] : undefined;
    if (!Array.isArray(wanted)) return matchesPattern(value, wanted);
    const values = Array.isArray(value) ? value : [value];
    return (wanted as Matcher[]).some((matcher) => values.some((candidate) => matches(candidate, matcher)));
  });
}

function matches(value: unknown, matcher: Matcher): boolean {
  if (!isObject(matcher)) return value === matcher;
  const [[comparison, argument]] = Object.entries(matcher) as [[string, unknown]];
  switch (comparison) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(argument as string);
    case 'suffix':
      return typeof value === 'string' && value.endsWith(argument as string);
    case 'equals-ignore-case':
      return typeof value === 'string' && value.toLowerCase() === (argument as string).toLowerCase();
    case 'anything-but':
      return value !== undefined && ![argument].flat().some((unwanted) => matches(value, unwanted as Matcher));
    case 'exists':
      return (value !== undefined) === argument;
    case 'numeric':
      return typeof value === 'number' && withinBounds(value, argument as (string | number)[]);
    default:
      throw new Error(`the comparison ${comparison} of event patterns is not supported on this machine`);
  }
}

/** `['>', 0, '<=', 5]` */
function withinBounds(value: number, bounds: (string | number)[]): boolean {
  for (let at = 0; at + 1 < bounds.length; at += 2) {
    const bound = Number(bounds[at + 1]);
    const holds = {
      '=': value === bound,
      '<': value < bound,
      '<=': value <= bound,
      '>': value > bound,
      '>=': value >= bound,
    };
    if (!holds[bounds[at] as keyof typeof holds]) return false;
  }
  return true;
}
