import { describe, expect, it } from 'vitest';
import { fillTemplate } from '../../../../scripts/local/pipes/input-template.ts';

const event = { keys: { pk: { S: 'a "quoted" key' } }, at: 1700000000, list: [{ n: 1 }, { n: 2 }] };

describe('an input template', () => {
  it.each([
    [
      'text with and without quotation marks',
      '{"a": <$.keys.pk.S>, "b": "<$.keys.pk.S>"}',
      { a: 'a "quoted" key', b: 'a "quoted" key' },
    ],
    ['numbers as numbers', '{"at": <$.at>}', { at: 1700000000 }],
    ['numbers inside text', '{"at": "at <$.at>"}', { at: 'at 1700000000' }],
    ['objects', '{"keys": <$.keys>}', { keys: event.keys }],
    ['elements of lists', '{"n": <$.list[1].n>}', { n: 2 }],
    ['paths that lead nowhere', '{"a": <$.no.such>, "b": "<$.no.such>"}', { a: null, b: '' }],
    ['text without paths', '{"a": "x < y \\" <b>"}', { a: 'x < y " <b>' }],
  ])('fills in %s', (_, template, expected) => {
    expect(fillTemplate(template, event)).toEqual(expected);
  });

  it('refuses to give what is not JSON', () => {
    expect(() => fillTemplate('{"a": }', event)).toThrow(/expected the input template to give JSON, got \{"a": \}/);
  });
});
