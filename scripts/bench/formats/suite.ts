import { join } from 'node:path';
import { runChildCase } from '../child-case.ts';
import { type Aim, atMost, type BenchCase, type BenchOptions, type BenchResult } from '../suite.ts';
import { formatCases } from './cases.ts';
import type { FormatFigures } from './run-format.ts';
import { type RecordSet, recordSchemas } from './schemas.ts';

/** A format may cost so many times what its library costs alone. */
const mostOverLibrary = 2;

/** Formats whose payloads do not depend on the set of records. */
const setless: ReadonlySet<string> = new Set(['int64']);

/** What each format costs, from a payload to a record, beside its library alone: processor time, each format in a process of its own. */
export async function run({ small }: BenchOptions): Promise<BenchResult> {
  const cases: BenchCase[] = [];
  const aims: Aim[] = [];
  for (const name of Object.keys(formatCases)) {
    for (const set of Object.keys(recordSchemas) as RecordSet[]) {
      if (set !== 'wide' && (small || setless.has(name) || name.startsWith('envelope'))) continue;
      const args = [name, set, small ? '500' : '2000', small ? '5' : '9'];
      const { library, ...values } = await runChildCase<FormatFigures>(
        join(import.meta.dirname, 'run-format.ts'),
        args,
      );
      const title = setless.has(name) ? name : `${name}, ${set}`;
      cases.push({ name: `${title} (beside ${library})`, values });
      aims.push(atMost(`${title}: processor time over ${library}`, values.ratio, mostOverLibrary));
    }
  }
  return { suite: 'formats', cases, aims };
}
