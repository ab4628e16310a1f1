import { randomUUID } from 'node:crypto';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { glueCatalog } from '#adapters/aws/glue-catalog.ts';
import { glueClient } from '#adapters/aws/glue-client.ts';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { holdLittle } from '#adapters/aws/process-memory.ts';
import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import type { CommitRequest, CommitResponse } from '#contract/commit-machine.ts';
import type { FileJoiner } from '#pipeline/coalesce/coalesce-files.ts';
import type { Catalog } from '#pipeline/commit/catalog.ts';
import { type CommitPorts, commitTable } from '#pipeline/commit/commit-table.ts';

holdLittle();
const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
const logger = functionLogger(settings.environment, 'commit');
const measurements = emfMeasurements(settings.environment);
const items = dynamodbClient();

const ledger = dynamodbLedger(items, ledgerTable);

const ports: CommitPorts = {
  ledger,
  settings,
  logOf: lakeLog(settings, { lake: openLake(settings, lakeBucket), items, deltaLogTable, ledger }),
  codec: checkpointReader,
  states: new Map(),
  described: new Map(),
  ...(settings.glueDatabase === undefined
    ? {}
    : { catalog: logged(glueCatalog(glueClient(), settings.glueDatabase, lakeBucket)) }),
  join: told(lazily),
  clock: Date.now,
  ids: randomUUID,
  measurements,
};

/** The commit goes on without its catalog: only the log tells why. */
function logged(catalog: Catalog): Catalog {
  return {
    async describe(table) {
      try {
        await catalog.describe(table);
      } catch (error) {
        logger.error('catalog not told of columns', { table: table.tableName, error: error as Error });
        throw error;
      }
    },
  };
}

let joiner: Promise<FileJoiner> | undefined;

/** Most commits have nothing to coalesce: what does it is loaded by the first that has. */
async function lazily(...[job, store]: Parameters<FileJoiner>): ReturnType<FileJoiner> {
  joiner ??= Promise.all([import('#pipeline/coalesce/join-files.ts'), import('#adapters/kernel/file-encoder.ts')]).then(
    ([{ fileJoiner }, { fileEncoder }]) => fileJoiner(fileEncoder()),
  );
  return (await joiner)(job, store);
}

/** The commit goes on with files as they were staged: only the log tells why. */
function told(join: FileJoiner): FileJoiner {
  return async (job, store) => {
    const about = { table: job.tableName, files: job.files.length };
    const startedMs = Date.now();
    try {
      const joined = await join(job, store);
      if (joined === undefined) return undefined;
      const { path, rows, sizeBytes } = joined;
      logger.info('files coalesced', { ...about, path, rows, bytes: sizeBytes, ms: Date.now() - startedMs });
      return joined;
    } catch (error) {
      logger.warn('files not coalesced', { ...about, ms: Date.now() - startedMs, error: error as Error });
      throw error;
    }
  };
}

/** One round of a table's commits, for the state machine. */
export async function handler(request: CommitRequest): Promise<CommitResponse> {
  try {
    return await commitTable(request, ports);
  } catch (error) {
    const { tableId } = request;
    const record = await ledger.tableById(tableId).catch(() => undefined);
    logger.error('table not committed', { tableId, table: record?.tableName, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
