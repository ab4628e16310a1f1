const instantPattern = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/;

/** Milliseconds of an instant in ISO 8601; without a zone it is in UTC. `undefined`: it is none. */
export function instantMs(text: string): number | undefined {
  const { zone } = instantPattern.exec(text)?.groups ?? {};
  const hasTime = text.length > 'yyyy-MM-dd'.length;
  const ms = instantPattern.test(text)
    ? Date.parse(hasTime && zone === undefined ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T'))
    : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
