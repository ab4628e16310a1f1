import { decodeStrictBase64 } from '#formats/base64.ts';
import { type DecodedValue, textOf } from '#formats/decoded-value.ts';
import { Misfit } from './misfit.ts';
import { type Rules, rule, shown } from './rule.ts';

const toText = (note: string) => rule('value', note, (value: Exclude<DecodedValue, null>) => textOf(value));

/** A string column takes anything. */
export const stringRules: Rules = {
  boolean: toText('`true` or `false`'),
  string: toText('as it is'),
  number: toText('as it was written'),
  double: toText('the fewest digits that give it back; `NaN`, `Infinity`, `-Infinity`'),
  integer: toText('its digits'),
  bytes: toText('base64'),
  instant: toText('ISO 8601 in UTC, with `Z`, to the nanosecond'),
  'local time': toText('ISO 8601 without an offset, to the nanosecond'),
  date: toText('`YYYY-MM-DD`'),
  array: toText('JSON; as it was written, where it was JSON'),
  map: toText('a JSON object, with keys by their texts'),
  object: toText('JSON; as it was written, where it was JSON'),
};

export const booleanRules: Rules = { boolean: rule('value', 'as it is', (value: boolean) => value) };

export const binaryRules: Rules = {
  bytes: rule('value', 'as they are', (value: Uint8Array) => value),
  string: rule('exact', 'base64 (RFC 4648, with padding)', (value: string) => {
    const bytes = decodeStrictBase64(value);
    if (bytes === undefined) throw new Misfit('TypeMismatch', `expected binary as base64, got string ${shown(value)}`);
    return bytes;
  }),
};
