import type { Comparison, Operator, Predicate } from './comparison.ts';
import { PredicateError } from './errors.ts';

type Token =
  | { kind: 'word'; text: string; at: number }
  | { kind: 'quoted'; text: string; at: number }
  | { kind: 'column'; text: string; at: number }
  | { kind: 'symbol'; text: string; at: number };

/** A quoted text, a column in backticks, an operator or bracket, or a bare word, in this order. */
const tokenPattern =
  /\s*(?:'((?:[^']|'')*)'|((?:[\w$]+\.)*`(?:[^`]|``)+`(?:\.(?:[\w$]+|`(?:[^`]|``)+`))*)|(!=|<=|>=|[=<>(),])|([^\s'`=<>!(),]+))/y;

const operators: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/**
 * Comparisons joined by `and`: `a.b >= 3 and day in (2024-01-01, 2024-01-02) and name != 'it''s'`. Operators are =, !=, <, <=, >,
 * >= and in; a value is a bare word or stands in single quotes, doubled inside; a column whose name has other characters than
 * letters, digits, `_` and `$` stands in backticks. An empty text always holds.
 *
 * @throws {PredicateError} naming the text, the place, and what was expected there.
 */
export function parsePredicate(text: string): Predicate {
  const tokens = tokensOf(text);
  let index = 0;

  function fail(expected: string): never {
    const token = tokens[index];
    const found = token === undefined ? 'its end' : `"${token.text}" at character ${token.at + 1}`;
    throw new PredicateError(`"${text}": expected ${expected}, got ${found}`);
  }
  function take(expected: string, isExpected: (token: Token) => boolean): Token {
    const token = tokens[index];
    if (token === undefined || !isExpected(token)) return fail(expected);
    index++;
    return token;
  }
  const isSymbol = (symbol: string) => (token: Token) => token.kind === 'symbol' && token.text === symbol;
  const isKeyword = (keyword: string, token: Token | undefined) =>
    token?.kind === 'word' && token.text.toLowerCase() === keyword;
  const takeValue = () => take('a value', ({ kind }) => kind === 'word' || kind === 'quoted').text;

  function takeComparison(): Comparison {
    const column = take('a column', ({ kind }) => kind === 'word' || kind === 'column').text;
    if (isKeyword('in', tokens[index])) {
      index++;
      take('"("', isSymbol('('));
      const values = [takeValue()];
      while (tokens[index] !== undefined && isSymbol(',')(tokens[index] as Token)) {
        index++;
        values.push(takeValue());
      }
      take('"," or ")"', isSymbol(')'));
      return { column, operator: 'in', values };
    }
    const expected = 'one of =, !=, <, <=, >, >=, in';
    const { text: operator } = take(expected, (token) => token.kind === 'symbol' && operators.has(token.text));
    return { column, operator: operator as Operator, values: [takeValue()] };
  }

  const comparisons: Comparison[] = [];
  if (tokens.length === 0) return comparisons;
  comparisons.push(takeComparison());
  while (index < tokens.length) {
    if (!isKeyword('and', tokens[index])) fail('"and"');
    index++;
    comparisons.push(takeComparison());
  }
  return comparisons;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (match === null) {
      const start = at + (text.slice(at).length - text.slice(at).trimStart().length);
      const expected = text[start] === "'" || text[start] === '`' ? 'a closing quote' : 'a column, operator or value';
      throw new PredicateError(`"${text}": expected ${expected}, got "${text.slice(start)}" at character ${start + 1}`);
    }
    const [whole, quoted, column, symbol, word] = match;
    const place = at + whole.length - whole.trimStart().length;
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll("''", "'"), at: place });
    else if (column !== undefined) tokens.push({ kind: 'column', text: plainColumn(column), at: place });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at: place });
    else tokens.push({ kind: 'word', text: word as string, at: place });
  }
  return tokens;
}

/** Column names without their backticks. */
const plainColumn = (column: string): string =>
  column.replace(/`((?:[^`]|``)+)`/g, (_, name: string) => name.replaceAll('``', '`'));
