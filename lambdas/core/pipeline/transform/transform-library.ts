import {
  type InputSignature,
  type JSONValue,
  type TreeInterpreter,
  TYPE_ANY,
  TYPE_ARRAY,
  TYPE_ARRAY_NUMBER,
  TYPE_ARRAY_STRING,
  TYPE_EXPREF,
  TYPE_NUMBER,
  TYPE_STRING,
} from '@jmespath-community/jmespath';
import { type TransformFunction, transformFunctions } from '#contract/transform-functions.ts';
import { NumberToken } from '#formats/decoded-value.ts';
import { TextToken } from './path-value.ts';
import { implementations } from './transform-functions.ts';
import { extreme, sorted } from './transform-order.ts';

type Interpreter = typeof TreeInterpreter;
type Expression = Parameters<Interpreter['visit']>[0];

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const itself = (element: unknown): unknown => element;

/** Ends of a text without the characters of a set (white space where there is none), in one pass. */
function trimmed(text: string, characters: string | null | undefined, ends: { left: boolean; right: boolean }): string {
  const out = characters ? new Set(characters) : undefined;
  const isOut = (character: string): boolean => out?.has(character) ?? /[\s\x85]/.test(character);
  const all = [...text];
  let start = 0;
  let end = all.length;
  if (ends.left) while (start < end && isOut(all[start] as string)) start++;
  if (ends.right) while (end > start && isOut(all[end - 1] as string)) end--;
  return all.slice(start, end).join('');
}

/** A record's number must not ask for all of the memory. */
const widestPadding = 1_000_000;

function padded(name: 'pad_left' | 'pad_right', [text, width, padding = ' ']: [string, number, string?]): string {
  if (!Number.isInteger(width) || width < 0 || width > widestPadding) {
    throw new Error(`expected a whole number up to ${widestPadding} as the width of ${name}(), got ${width}`);
  }
  if ([...padding].length !== 1) {
    throw new Error(`expected one character to pad with in ${name}(), got ${JSON.stringify(padding)}`);
  }
  const missing = padding.repeat(Math.max(0, width - [...text].length));
  return name === 'pad_left' ? missing + text : text + missing;
}

/** The first `count` places (all, where it is not given) put otherwise. */
function replaced(text: string, place: string, by: string, count: number | null | undefined): string {
  if (count === null || count === undefined) return text.replaceAll(place, () => by);
  if (!Number.isInteger(count) || count < 0) {
    throw new Error(`expected a whole number, not negative, as the count of replace(), got ${count}`);
  }
  const parts = text.split(place);
  const cut = Math.min(count, parts.length - 1);
  return [parts.slice(0, cut + 1).join(by), ...parts.slice(cut + 1)].join(place);
}

/**
 * Gives an interpreter our functions, and those of the library's anew that order values by their texts, find tokens by identity,
 * round a number in a string, trip over keys such as `constructor`, take apart characters, or take quadratic time or any memory.
 */
export function registerFunctions(interpreter: Interpreter, withDoubles: (value: unknown) => JSONValue): void {
  const register = (
    name: string,
    signature: (InputSignature['types'] | InputSignature)[],
    call: (args: never) => unknown,
  ): void => {
    const inputs = signature.map((input) => (Array.isArray(input) ? { types: input } : input));
    interpreter.runtime.registerFunction(name, call as () => JSONValue, inputs, { override: true });
  };
  const keyBy =
    (expression: Expression): ((element: unknown) => unknown) =>
    (element) =>
      interpreter.visit(expression, element as JSONValue);

  for (const [name, kinds] of Object.entries(transformFunctions)) {
    const types = kinds.map((kind) => (kind === 'number' ? [TYPE_NUMBER] : [TYPE_STRING]));
    register(name, types, implementations[name as TransformFunction]);
  }
  const ordered = [TYPE_ARRAY_NUMBER, TYPE_ARRAY_STRING];
  register('sort', [ordered], ([elements]: [unknown[]]) => sorted(elements, itself));
  register('max', [ordered], ([elements]: [unknown[]]) => extreme(elements, itself, 1));
  register('min', [ordered], ([elements]: [unknown[]]) => extreme(elements, itself, -1));
  const by = [[TYPE_ARRAY], [TYPE_EXPREF]];
  register('sort_by', by, ([elements, key]: [unknown[], Expression]) => sorted(elements, keyBy(key)));
  register('max_by', by, ([elements, key]: [unknown[], Expression]) => extreme(elements, keyBy(key), 1));
  register('min_by', by, ([elements, key]: [unknown[], Expression]) => extreme(elements, keyBy(key), -1));
  register('group_by', by, ([elements, key]: [unknown[], Expression]) =>
    Object.groupBy(elements, (element) => {
      const found = keyBy(key)(element);
      const group = found instanceof TextToken ? found.text : found;
      if (typeof group !== 'string') throw new Error(`expected strings to group by, got ${JSON.stringify(group)}`);
      return group;
    }),
  );
  register('contains', [[TYPE_STRING, TYPE_ARRAY], [TYPE_ANY]], ([where, what]: [unknown, unknown]) => {
    if (typeof where === 'string') return typeof what === 'string' ? where.includes(what) : null;
    const sought = withDoubles(what);
    return (withDoubles(where) as JSONValue[]).includes(sought);
  });
  register('to_number', [[TYPE_ANY]], ([value]: [unknown]) => {
    if (typeof value === 'number' || value instanceof NumberToken) return value;
    return typeof value === 'string' && jsonNumber.test(value) ? new NumberToken(value) : null;
  });
  const optional = (...types: InputSignature['types']): InputSignature => ({ types, optional: true });
  for (const [name, ends] of [
    ['trim', { left: true, right: true }],
    ['trim_left', { left: true, right: false }],
    ['trim_right', { left: false, right: true }],
  ] as const) {
    register(name, [[TYPE_STRING], optional(TYPE_STRING)], ([text, characters]: [string, string | undefined]) =>
      trimmed(text, characters, ends),
    );
  }
  for (const name of ['pad_left', 'pad_right'] as const) {
    register(name, [[TYPE_STRING], [TYPE_NUMBER], optional(TYPE_STRING)], (args: [string, number, string?]) =>
      padded(name, args),
    );
  }
  register(
    'replace',
    [[TYPE_STRING], [TYPE_STRING], [TYPE_STRING], optional(TYPE_NUMBER)],
    ([text, place, replacement, count]: [string, string, string, unknown]) =>
      replaced(text, place, replacement, count === undefined || count === null ? undefined : Number(count)),
  );
}
