import type { FunctionReport, LocalAws, MappingReport } from '../local-aws.ts';

const number = new Intl.NumberFormat('en-US');

export interface StuckParts {
  mappings: readonly MappingReport[];
  functions: readonly FunctionReport[];
  /** Manifests that wait, by table. */
  manifests: ReadonlyMap<string, number>;
  streams: LocalAws['endpoints']['streams'];
  topics: LocalAws['endpoints']['topics'];
}

/** What holds a pipeline up that does not move, a sentence each: what waits, for which function, what that said last, and where. */
export function stuckCauses({ mappings, functions, manifests, streams, topics }: StuckParts): string[] {
  const tableOf = ({ kind, origin }: MappingReport): string | undefined =>
    (kind === 'kafka' ? topics : streams).find(({ name }) => name === origin)?.table;
  const sources = mappings
    .filter(({ lag, busy }) => lag > 0 || busy)
    .map((mapping) => {
      const reader = functions.find(({ name }) => name === mapping.functionName);
      const table = tableOf(mapping);
      const to = table === undefined ? '' : ` for table ${table}`;
      return `source ${reader?.source ?? mapping.origin}: ${number.format(mapping.lag)} records${to} wait; ${said(reader)}`;
    });
  const committer = functions.find(({ logicalId }) => /commit/i.test(logicalId));
  const tables = [...manifests].map(
    ([table, count]) => `table ${table}: ${number.format(count)} manifests wait to be committed; ${said(committer)}`,
  );
  return [...sources, ...tables];
}

function said(about: FunctionReport | undefined): string {
  if (about === undefined) return 'no function is there to take them';
  const { name, lastError, logFile } = about;
  return lastError === undefined ? `${name} reports no error, see ${logFile}` : `${name}: ${lastError}, see ${logFile}`;
}
