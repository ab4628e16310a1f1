import { readFileSync } from 'node:fs';
import { type DataSet, type DataSetName, dataSets, linesOf } from './data-sets.ts';

/** What one case gets: records as an event carries them. */
export interface Records {
  set: DataSet;
  /** Payloads. */
  base64: readonly string[];
  /** Of all payloads, decoded. */
  bytes: number;
}

/** Reads lines that `linesText` made. */
export function readRecords(name: DataSetName, file: string): Records {
  const lines = readFileSync(file);
  const base64: string[] = [];
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(0x0a, start);
    base64.push(lines.toString('base64', start, end));
    start = end + 1;
  }
  return { set: dataSets[name], base64, bytes: lines.length - base64.length };
}

/** The first `count` records as lines, each with its line break. */
export const linesText = (name: DataSetName, count: number): string => `${[...linesOf(name, count)].join('\n')}\n`;
