import type { StructField, StructType } from '#delta/schema.ts';
import { positionFields } from '#pipeline/ingest/position-columns.ts';
import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { anyJson, ValueMaker } from './random-json.ts';
import { fieldNames } from './random-schema.ts';

const positionNames = new Set(positionFields.map(({ name }) => name));

interface Style {
  afterOpen: string;
  beforeColon: string;
  afterColon: string;
  afterComma: string;
  beforeClose: string;
  end: string;
}

const compact: Style = { afterOpen: '', beforeColon: '', afterColon: '', afterComma: '', beforeClose: '', end: '' };
const styles: readonly Style[] = [
  compact,
  compact,
  compact,
  { ...compact, afterColon: ' ', afterComma: ' ' },
  { ...compact, afterOpen: '\n  ', afterColon: ' ', afterComma: '\n  ', beforeClose: '\n', end: '\n' },
  {
    ...compact,
    afterOpen: '\t',
    beforeColon: ' \r\n',
    afterColon: '\t',
    afterComma: '   ',
    beforeClose: ' ',
    end: ' \r\n',
  },
];

/** How one producer spells a column: as it is, or so that it only becomes the column. */
function spelling(name: string, random: SeededRandom): string {
  switch (random.integer(0, 11)) {
    case 0:
      return name.toUpperCase();
    case 1:
      return name.toLowerCase();
    case 2:
      return name.replaceAll('_', random.pick([' ', ',', '=', '_']));
    default:
      return name;
  }
}

/** A name in quotes; some producers escape what need not be. */
const quoted = (name: string, escapes: boolean): string =>
  escapes && name !== ''
    ? `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(name.slice(1)).slice(1)}`
    : JSON.stringify(name);

/** Writes records of a table its own way: its order of fields, its spacing, its habits. */
export class Producer {
  readonly #fields: readonly { field: StructField; name: string }[];
  readonly #style: Style;
  readonly #unruliness: number;
  readonly #values: ValueMaker;

  constructor(schema: StructType, random: SeededRandom) {
    this.#unruliness = random.pick([0, 0, 0.02, 0.15]);
    this.#values = new ValueMaker(random, random.pick([0, 0.005, 0.05]));
    const escapes = random.next() < 0.05;
    this.#fields = shuffled(schema.fields, random.next() < 0.7 ? 0 : schema.fields.length, random)
      .filter(({ name }) => !positionNames.has(name) || random.next() < 0.02)
      .filter(({ nullable }) => !nullable || random.next() < 0.95)
      .map((field) => ({
        field,
        name: quoted(random.next() < 0.9 ? field.name : spelling(field.name, random), escapes),
      }));
    this.#style = random.pick(styles);
  }

  record(random: SeededRandom): string {
    const style = this.#style;
    const members: string[] = [];
    for (const { field, name } of this.#fields) {
      if (field.nullable && random.next() < 0.04) continue;
      const value = this.#values.valueFor(field, field.nullable);
      members.push(`${name}${style.beforeColon}:${style.afterColon}${value}`);
    }
    if (random.next() < this.#unruliness) this.#disorder(members, random);
    const { afterOpen, afterComma, beforeClose, end } = style;
    return `{${members.length === 0 ? '' : afterOpen}${members.join(`,${afterComma}`)}${beforeClose}}${end}`;
  }

  #disorder(members: string[], random: SeededRandom): void {
    const place = random.integer(0, members.length);
    switch (random.integer(0, 4)) {
      case 0:
        members.splice(place, 0, `${JSON.stringify(random.pick(fieldNames))}:${anyJson(random)}`);
        return;
      case 1:
        members.splice(place, 0, `"unknown":${random.pick(['null', '[]', '{}', '[{}]', '{"a":null}', '1', '"x"'])}`);
        return;
      case 2:
        if (members.length > 0) members.splice(place, 0, random.pick(members));
        return;
      default: {
        const other = shuffled(members, members.length, random);
        members.splice(0, members.length, ...other);
      }
    }
  }
}

/** A copy with so many places exchanged with places anywhere. */
function shuffled<T>(values: readonly T[], times: number, random: SeededRandom): T[] {
  const copy = [...values];
  for (let at = 0; at < times; at++) {
    const other = random.integer(0, copy.length - 1);
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}
