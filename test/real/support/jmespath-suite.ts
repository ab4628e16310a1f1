import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, partsFolder } from './parts.ts';

const version = 'v0.4.0';
const folder = join(partsFolder, 'jmespath');

/** JMESPath's compliance suite, which its Go module carries. */
export const installJmespathSuite = (): Promise<void> =>
  installOnce('jmespath', version, async () => {
    mkdirSync(folder, { recursive: true });
    const environment = { ...process.env, GOMODCACHE: folder, GOFLAGS: '-modcacherw' };
    const module = `github.com/jmespath/go-jmespath@${version}`;
    await promisify(execFile)('go', ['mod', 'download', module], { env: environment, cwd: folder });
  });

export interface ComplianceCase {
  file: string;
  given: unknown;
  expression: string;
  /** Nothing where the expression, or its evaluation, is an error. */
  expected: { result: unknown } | undefined;
}

interface Suite {
  given: unknown;
  cases: { expression: string; result?: unknown; error?: string; bench?: string }[];
}

/** Every case of the suite but its benchmarks. */
export function complianceCases(): ComplianceCase[] {
  const suites = join(folder, `github.com/jmespath/go-jmespath@${version}/compliance`);
  return readdirSync(suites)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) =>
      (JSON.parse(readFileSync(join(suites, file), 'utf8')) as Suite[]).flatMap(({ given, cases }) =>
        cases
          .filter(({ bench }) => bench === undefined)
          .map(({ expression, result, error }) => ({
            ...{ file, given, expression },
            expected: error === undefined ? { result } : undefined,
          })),
      ),
    );
}
