import { expect, it } from 'vitest';
import { type DataSetName, dataSets, linesOf } from '../../../scripts/bench/columnar/data-sets.ts';

const count = 2_000;

function measured(name: DataSetName): { bytes: number; nonAscii: number; lines: string[] } {
  const lines = [...linesOf(name, count)];
  const lengths = lines.map((line) => Buffer.byteLength(line));
  return {
    lines,
    bytes: lengths.reduce((sum, length) => sum + length) / count,
    nonAscii: lengths.filter((length, index) => length !== lines[index]?.length).length / count,
  };
}

it('makes wide records of 544 bytes, some of them not ASCII', () => {
  const { bytes, nonAscii } = measured('wide');
  expect(Math.abs(bytes - 544)).toBeLessThan(3);
  expect(Math.abs(nonAscii - 0.09)).toBeLessThan(0.02);
});

it('makes narrow records of 109 bytes', () => {
  expect(Math.abs(measured('narrow').bytes - 109)).toBeLessThan(1);
});

it('makes the same records each time, whose fields are columns of the table', () => {
  for (const name of Object.keys(dataSets) as DataSetName[]) {
    const { lines } = measured(name);
    expect(lines).toEqual([...linesOf(name, count)]);
    const columns = new Set(dataSets[name].schema.fields.map((field) => field.name));
    const fields = lines.flatMap((line) => Object.keys(JSON.parse(line) as object));
    expect(fields.filter((field) => !columns.has(field))).toEqual([]);
  }
});
