import type { SeededRandom } from '../../../scripts/local/seeded-random.ts';

/** What stands between the quotes of a JSON string. */
const plainTexts = [
  ...['', 'a', 'ok', 'page_view', 'u_00a191c9196a', 'Mozilla/5.0 (X11; Linux x86_64)', '2026-01-15', '12.5', 'null'],
  ...['exactly16 bytes!', 'seventeen letters', "single 'quotes'", '{not json}'],
];
const specialTexts = [
  ...['caf\u00e9', '東京', '\u{1f600}', '\u2028', '\ufeff', '\u007f', '\ufffd', ' lead and trail '],
  ...['\\"quoted\\"', 'C:\\\\data\\\\x', '\\/', 'a\\tb\\nc\\rd\\be\\ff', '\\u00e9', '\\u00E9\\u0000', '\\ud83d\\ude00'],
  '{\\"k\\":\\"v \\\\\\" x\\"}',
];
const brokenTexts = [
  '\\ud83d',
  '\\ude00\\ud83d',
  '\\u12',
  '\\x41',
  '\\',
  'tab\t',
  'line\n',
  '\\ud83dx',
  '\\u00g0',
  '\u0000',
];

export function digits(random: SeededRandom, count: number): string {
  let text = '';
  for (let index = 0; index < count; index++) text += random.integer(0, 9);
  return text;
}

export function stringText(random: SeededRandom): string {
  switch (random.integer(0, 9)) {
    case 0:
      return random.pick(specialTexts);
    case 1:
      return `${random.pick(plainTexts)}${random.pick(specialTexts)}${random.pick(plainTexts)}`;
    case 2:
      return 'x'.repeat(random.integer(0, 70));
    case 3:
      if (random.next() < 0.0005) return `${'x'.repeat(random.integer(0, 1_000_000))}${random.pick(specialTexts)}`;
      return random.next() < 0.03 ? 'long '.repeat(random.integer(50, 2_000)) : digits(random, random.integer(0, 20));
    case 4:
      return `${'x'.repeat(random.integer(0, 40))}${random.pick(specialTexts)}`;
    default:
      return random.pick(plainTexts);
  }
}

export const brokenText = (random: SeededRandom): string =>
  `${stringText(random)}${random.pick(brokenTexts)}${stringText(random)}`;

const exactIntegers = [
  ...['0', '-0', '1', '-1', '127', '128', '-128', '-129', '32767', '32768', '-32769', '2147483647', '2147483648'],
  ...['-2147483648', '-2147483649', '9007199254740991', '9007199254740993', '-9007199254740992', '9007199254740992'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
  ...['18446744073709551615', '18446744073709551616', '99999999999999999999', '100000000000000000000'],
  ...['999999999999999999', '1000000000000000000', '12345678901234567890123456789012345678'],
];
const oddNumbers = [
  ...[
    '1e3',
    '1E3',
    '1e+3',
    '1.0',
    '1.50',
    '10e-1',
    '15e-1',
    '-0.0',
    '0e0',
    '0e999',
    '1e400',
    '-1e400',
    '1e-400',
    '5e-324',
  ],
  ...[
    '2.2250738585072011e-308',
    '1.7976931348623157e308',
    '1.7976931348623159e308',
    '0.1',
    '4.35',
    '0.30000000000000004',
  ],
  ...['1e22', '1e23', '123456789012345678901234567890', '9007199254740993.0', '0.000001', '16777217', '3.4028236e38'],
  ...[
    '179769313486231580793728971405301e276',
    '1.00000000000000011102230246251565',
    '12345.678e-2',
    '100000.00e-5',
    '1e39',
  ],
];
const brokenNumbers = '01 +1 .5 1. - 1e 1e+ 0x10 1_000 NaN Infinity --1 1.2.3 -01 1e5.5 00 1,5'.split(' ');

/** A number as JSON writes it, of any size. */
export function numberText(random: SeededRandom): string {
  const lead = `${random.next() < 0.3 ? '-' : ''}${random.integer(1, 9)}`;
  switch (random.integer(0, 7)) {
    case 0:
      return random.pick(exactIntegers);
    case 1:
      return random.pick(oddNumbers);
    case 2:
      return `${lead}${digits(random, random.integer(0, 24))}.${digits(random, random.integer(1, 24))}`;
    case 3:
      return `${lead}${digits(random, random.integer(0, 17))}e${random.integer(-330, 310)}`;
    case 4:
      return `${lead}${digits(random, random.integer(0, random.next() < 0.02 ? 450 : 25))}`;
    default:
      return doubleText(random);
  }
}

/** A number that every double holds near enough. */
export function doubleText(random: SeededRandom): string {
  switch (random.integer(0, 7)) {
    case 0:
      return String((random.next() - 0.5) * 10 ** random.integer(-20, 20));
    case 1:
      return `0.${'0'.repeat(random.integer(0, 9))}${random.integer(1, 9)}${digits(random, random.integer(0, 18))}`;
    case 2:
      return `${random.integer(1, 9)}.${digits(random, random.integer(1, 20))}${random.pick(['e', 'E', 'e+', 'e-'])}${random.integer(0, 300)}`;
    case 3:
      return String(random.integer(-1_000, 1_000));
    default:
      return String(random.integer(-100_000, 1_000_000) / 100);
  }
}

/** Any integer that so many bits hold, boundaries among them. */
export function integerText(random: SeededRandom, bits: number): string {
  const limit = 2n ** BigInt(bits - 1);
  switch (random.integer(0, 9)) {
    case 0:
      return String(random.pick([limit - 1n, -limit, 0n, limit / 2n]));
    case 1:
      return String(BigInt.asIntN(bits, BigInt(`${random.integer(1, 9)}${digits(random, random.integer(0, 20))}`)));
    case 2:
      return random.pick(['1e1', '10e-1', '1.0', '20.00', '-0', '-5', '0.1e2', '0e5', '0.0']);
    default:
      return String(random.integer(-100, 100));
  }
}

export const brokenNumber = (random: SeededRandom): string => random.pick(brokenNumbers);

const two = (value: number): string => String(value).padStart(2, '0');
const goodZones = ['Z', 'Z', 'Z', 'z', '+00:00', '-00:00', '+02:00', '-0530', '+18:59', '+05', '-18'];
const otherZones = ['', ' Z', '+5:00', '+19:00', '+05:60', '+', 'ZZ', '+02:0', 'GMT'];

export function dateText(random: SeededRandom): string {
  const year =
    random.next() < 0.9 ? random.integer(1970, 2030) : random.pick([1, 99, 1582, 1900, 1969, 2000, 2024, 9999]);
  const month = random.integer(1, 12);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(random.next() < 0.05 && month !== 2 ? 30 : random.integer(1, 28))}`;
}

/** A date and a time of day, to the microsecond. */
export function localText(random: SeededRandom): string {
  const time = `${two(random.integer(0, 23))}:${two(random.integer(0, 59))}`;
  const join = random.next() < 0.95 ? 'T' : random.pick(['t', ' ']);
  const zeros = random.next() < 0.1 ? '0'.repeat(random.integer(1, 9)) : '';
  const fraction = random.next() < 0.6 ? '123' : random.next() < 0.7 ? digits(random, random.integer(1, 6)) : '';
  const seconds =
    random.next() < 0.04
      ? ''
      : `:${two(random.integer(0, 59))}${fraction === '' ? '' : `.${fraction.padEnd(6, '0')}${zeros}`}`;
  const short = `:${two(random.integer(0, 59))}.${fraction === '' ? '0' : fraction}`;
  return `${dateText(random)}${join}${time}${random.next() < 0.7 && seconds !== '' ? short : seconds}`;
}

export const instantText = (random: SeededRandom): string => `${localText(random)}${random.pick(goodZones)}`;

/** Nearly a time. */
export function brokenTime(random: SeededRandom): string {
  switch (random.integer(0, 5)) {
    case 0:
      return `${localText(random)}${random.pick(otherZones)}`;
    case 1:
      return random
        .pick([
          '2023-02-29',
          '2024-02-29',
          '1900-02-29',
          '2000-02-29',
          '2024-13-01',
          '2024-00-10',
          '2024-04-31',
          '0000-01-01',
        ])
        .concat(random.pick(['', 'T00:00:00Z', 'T00:00:00']));
    case 2:
      return random.pick([
        '2024-06-15T24:00:00Z',
        '2024-06-15T23:60:00Z',
        '2024-06-15T23:59:60Z',
        '2024-06-15T1:00:00Z',
        '10000-01-01T00:00:00Z',
      ]);
    case 3:
      return `${localText(random)}${digits(random, random.integer(1, 8))}Z`;
    case 4:
      return random.pick([
        '2024-06-15T12:00:00.Z',
        '2024-06-15_12:00:00Z',
        '2024-06-15T12Z',
        '20240615T120000Z',
        '2024-06-15T12:00:00,5Z',
        '',
      ]);
    default:
      return instantText(random).replace(/\d/, random.pick(['x', '٣', ' ', '-']));
  }
}
