import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './error.ts';

export type XmlValue = string | number | boolean | undefined | XmlElements | readonly XmlElements[] | readonly string[];
export interface XmlElements {
  readonly [name: string]: XmlValue;
}

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const named: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' };

const escaped = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold control characters, which XML only takes as references
  text.replace(/[<>&"'\u0000-\u001f\u007f\ufffe\uffff]/g, (c) => named[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);

function render(elements: XmlElements): string {
  let xml = '';
  for (const [name, value] of Object.entries(elements)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      xml += `<${name}>${typeof one === 'object' ? render(one) : escaped(String(one))}</${name}>`;
    }
  }
  return xml;
}

/** An answer's body; an array repeats its element, `undefined` leaves it out. */
export function xmlDocument(root: string, elements: XmlElements): string {
  const attributes = root === 'Error' ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributes}>${render(elements)}</${root}>`;
}

const repeated = new Set(['Object', 'Part']);
const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => repeated.has(name),
  htmlEntities: true,
});

/** A request's body as nested records; every leaf is a string. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text, true);
  } catch (cause) {
    throw new S3Error(400, 'MalformedXML', `The XML of the request is not well-formed: ${(cause as Error).message}`);
  }
  const found = parsed[root] === '' ? {} : parsed[root];
  if (typeof found !== 'object' || found === null) {
    throw new S3Error(400, 'MalformedXML', `The XML of the request has no <${root}> as its root`);
  }
  return found as Record<string, unknown>;
}
