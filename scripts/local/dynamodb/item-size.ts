import type { AttributeValue, Item } from './types.ts';

const text = (value: string) => Buffer.byteLength(value, 'utf8');
const binary = (base64: string) => Buffer.byteLength(base64, 'base64');

/** About one byte for two significant digits, and one more. */
function number(value: string): number {
  const digits = value.replace(/^-/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;
  return 1 + Math.ceil(digits / 2) + (value.startsWith('-') ? 1 : 0);
}

const sum = <T>(values: T[], sizeOf: (value: T) => number): number =>
  values.reduce((total, value) => total + sizeOf(value), 0);

function valueBytes(value: AttributeValue): number {
  const [type, content] = Object.entries(value)[0] as [string, never];
  switch (type) {
    case 'S':
      return text(content);
    case 'N':
      return number(content);
    case 'B':
      return binary(content);
    case 'SS':
      return sum(content as string[], text);
    case 'NS':
      return sum(content as string[], number);
    case 'BS':
      return sum(content as string[], binary);
    case 'L':
      return 3 + sum(content as AttributeValue[], (element) => 1 + valueBytes(element));
    case 'M':
      return 3 + Object.keys(content).length + itemBytes(content as Item);
    default:
      return 1;
  }
}

/** Bytes of an item: names and values in UTF-8 (Developer Guide, "DynamoDB item sizes and formats"). */
export const itemBytes = (item: Item): number =>
  sum(Object.entries(item), ([name, value]) => text(name) + valueBytes(value));
