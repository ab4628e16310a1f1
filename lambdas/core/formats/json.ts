import { isAscii, isUtf8 } from 'node:buffer';
import { DecodedList, DecodedRecord, type DecodedValue, NumberToken } from './decoded-value.ts';
import type { Decoded, DecodeFailure } from './payload-decoder.ts';

/** Objects and arrays inside one another, at most; deeper payloads are refused. */
export const maxDepth = 64;

/** Up to so many names of one object are compared one by one; beyond, by a set. */
const fewNames = 24;
/** Names are looked for among the next few of the object before, so that one missing field costs no more than itself. */
const namesAhead = 3;
const maxRememberedNames = 256;

/**
 * Names of the last objects, by depth: records look alike, and a name that is met again where it is expected needs neither a new
 * string nor a new hash. Only a memory: what is decoded does not depend on it.
 */
const lastNames: (readonly string[])[] = [];

/**
 * Decodes one JSON object (RFC 8259) from UTF-8. Numbers stay text, and a name that occurs twice in one object is a failure,
 * which is why this is not `JSON.parse`.
 */
export function decodeJson(bytes: Uint8Array): Decoded {
  if (!isUtf8(bytes)) {
    return { kind: 'failure', error: 'InvalidUtf8', message: invalidUtf8(bytes), path: '$' };
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parser = new Parser(buffer.toString(isAscii(bytes) ? 'latin1' : 'utf8'));
  try {
    const value = parser.document();
    if (value instanceof DecodedRecord) return { kind: 'record', record: value };
    const found = value === null ? 'null' : value instanceof DecodedList ? 'an array' : `a ${scalarName(value)}`;
    return { kind: 'failure', error: 'NotAnObject', message: `expected a JSON object, got ${found}`, path: '$' };
  } catch (error) {
    if (error instanceof Refusal)
      return { kind: 'failure', error: error.error, message: error.message, path: error.path };
    throw error;
  }
}

const scalarName = (value: DecodedValue): string => (value instanceof NumberToken ? 'number' : typeof value);

/** Names the first byte that cannot be read: a lenient reader puts U+FFFD there. */
function invalidUtf8(bytes: Uint8Array): string {
  const lenient = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let at = 0;
  for (let index = 0; ; index++) {
    const replaced = lenient.indexOf('\ufffd', index);
    if (replaced < 0) break;
    at += Buffer.byteLength(lenient.slice(index, replaced));
    const isWritten = bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
    if (!isWritten) break;
    at += 3;
    index = replaced;
  }
  return `expected UTF-8, got an invalid sequence at byte ${at}`;
}

class Refusal extends Error {
  readonly error: DecodeFailure['error'];
  readonly path: string;

  constructor(error: DecodeFailure['error'], message: string, path: string) {
    super(message);
    this.error = error;
    this.path = path;
  }
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const sameNames = (names: readonly string[], others: readonly string[]): boolean =>
  names.length === others.length && names.every((name, index) => name === others[index]);

/** Stands in a payload as it is, without escapes: what JSON has to escape never does. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON has to escape
const isPlain = (name: string): boolean => !/["\\\0-\x1f]/.test(name) && name.length <= 256;

class Parser {
  readonly #text: string;
  #at = 0;
  /** Names and indexes from the top to where the parser is: for messages. */
  readonly #path: (string | number)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  document(): DecodedValue {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the payload');
    return value;
  }

  #value(depth: number): DecodedValue {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    switch (code) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#record(depth + 1);
      case 0x5b:
        return this.#list(depth + 1);
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #record(depth: number): DecodedRecord {
    const start = this.#open(depth);
    const names: string[] = [];
    const values: DecodedValue[] = [];
    const expected = lastNames[depth] ?? [];
    let next = 0;
    let set: Set<string> | undefined;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x7d) this.#at++;
    else {
      for (;;) {
        this.#space();
        if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#unexpected('a name in quotes');
        const met = this.#expectedName(expected, next);
        const name = met < 0 ? this.#string() : (expected[met] as string);
        next = met < 0 ? next : met + 1;
        if (names.length === fewNames) set = new Set(names);
        if (set === undefined ? names.includes(name) : set.has(name)) {
          throw this.#refusal(
            'DuplicateKey',
            `expected each name once in an object, got ${JSON.stringify(name)} twice`,
          );
        }
        set?.add(name);
        this.#space();
        if (this.#text.charCodeAt(this.#at) !== 0x3a) throw this.#unexpected('":"');
        this.#at++;
        this.#path.push(name);
        names.push(name);
        values.push(this.#value(depth));
        this.#path.pop();
        if (this.#closes(0x7d, '"," or "}"')) break;
      }
    }
    if (names.length >= expected.length && names.length <= maxRememberedNames && !sameNames(names, expected)) {
      lastNames[depth] = names.every(isPlain) ? names : [];
    }
    return new DecodedRecord(names, values, this.#text, start, this.#at);
  }

  #list(depth: number): DecodedList {
    const start = this.#open(depth);
    const items: DecodedValue[] = [];
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x5d) this.#at++;
    else {
      for (;;) {
        this.#path.push(items.length);
        items.push(this.#value(depth));
        this.#path.pop();
        if (this.#closes(0x5d, '"," or "]"')) break;
      }
    }
    return new DecodedList(items, this.#text, start, this.#at);
  }

  /** Steps over the name here if it is one of those that may come next; answers which, or −1. */
  #expectedName(expected: readonly string[], next: number): number {
    const start = this.#at + 1;
    for (let index = next; index < expected.length && index < next + namesAhead; index++) {
      const name = expected[index] as string;
      const end = start + name.length;
      if (this.#text.charCodeAt(end) === 0x22 && this.#text.startsWith(name, start)) {
        this.#at = end + 1;
        return index;
      }
    }
    return -1;
  }

  /** Steps over the opening bracket; answers where it stands. */
  #open(depth: number): number {
    if (depth > maxDepth) throw this.#refusal('TooDeep', `expected at most ${maxDepth} levels of nesting, got more`);
    return this.#at++;
  }

  /** Steps over a comma (false) or the closing bracket (true). */
  #closes(bracket: number, expected: string): boolean {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    if (code !== bracket && code !== 0x2c) throw this.#unexpected(expected);
    this.#at++;
    return code === bracket;
  }

  #string(): string {
    const text = this.#text;
    const start = ++this.#at;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === 0x5c) return this.#escapedString(start, at);
      if (!(code >= 0x20)) {
        this.#at = at;
        throw this.#unexpected('a closing quote');
      }
      at++;
    }
  }

  #escapedString(start: number, firstEscape: number): string {
    const text = this.#text;
    let value = text.slice(start, firstEscape);
    let at = firstEscape;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        const letter = text[at + 1] ?? '';
        const hex = text.slice(at + 2, at + 6);
        if (letter in escapes) {
          value += escapes[letter];
          at += 2;
        } else if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
          value += String.fromCharCode(Number.parseInt(hex, 16));
          at += 6;
        } else {
          this.#at = at;
          throw this.#unexpected('an escape sequence of JSON');
        }
        continue;
      }
      if (!(code >= 0x20)) {
        this.#at = at;
        throw this.#unexpected('a closing quote');
      }
      let plain = at + 1;
      for (let next = text.charCodeAt(plain); next >= 0x20 && next !== 0x22 && next !== 0x5c; ) {
        next = text.charCodeAt(++plain);
      }
      value += text.slice(at, plain);
      at = plain;
    }
    this.#at = at + 1;
    if (!value.isWellFormed()) {
      throw this.#refusal(
        'InvalidUtf8',
        'expected whole Unicode characters, got half of a surrogate pair as an escape',
      );
    }
    return value;
  }

  #number(): NumberToken {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) throw this.#unexpected('a JSON value');
    this.#at += match[0].length;
    return new NumberToken(match[0]);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected('a JSON value');
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #unexpected(expected: string): Refusal {
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text.slice(this.#at, this.#at + 12)) : 'the end';
    return this.#refusal('InvalidJson', `expected ${expected} at character ${this.#at}, got ${found}`);
  }

  #refusal(error: DecodeFailure['error'], message: string): Refusal {
    const path = this.#path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    return new Refusal(error, message, `$${path}`);
  }
}
