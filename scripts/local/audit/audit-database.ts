import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { SourcePosition } from '../sources/source-position.ts';
import type { TableLog } from './read-log.ts';
import type { RedrivenLetters } from './read-redriven.ts';

/** Numbers of one source's balance. */
export interface SourceCount {
  in: number;
  rows: number;
  deadLetters: number;
  /** Dead letters that are rows besides; absent where none is. */
  redriven?: number;
  /** What a rule of the source keeps out of every table, by rule. */
  dropped: {
    tombstones: number;
    /** Records that are nowhere, of a source whose route leaves some out; absent where it leaves none out. */
    filtered?: number;
  };
  missing: number;
  /** Copies beyond the first; every copy of what should have been dropped. */
  duplicated: number;
  /** Rows in other tables than the source's, or at a position that the source never had. */
  strayed: number;
}

export interface Quantiles {
  p50: number;
  p99: number;
}

export type FindingKind = 'missing' | 'duplicated' | 'strayed';

export interface Finding {
  kind: FindingKind;
  source: string;
  partition: string;
  position: string;
}

/** What is to be known of a source to say where its records belong. */
export interface JudgedSource {
  name: string;
  /** The table that its records go to; of a route, with a name in braces for what records say. */
  table: string;
  deadLetterTable: string;
  /** Its route leaves records out by what they say: one that is nowhere is taken for such. */
  filters: boolean;
  /** Payloads may hold many records: each has a position `<position>.<n>`, which only the tables know. */
  splits?: boolean;
}

/** What is read of a table. */
export type AuditedTable = Pick<TableLog, 'files' | 'columns'>;

const filesPerQuery = 1_000;
const maxFindings = 20;

/** Sequence numbers exceed every integer type: as padded text, with the index of an aggregate, they order as numbers do. */
const order = (position: string): string =>
  `lpad(split_part(${position}, '.', 1), 60, '0') || lpad(split_part(${position}, '.', 2), 10, '0')`;

const tables = `
  CREATE TABLE source (source VARCHAR, table_pattern VARCHAR, dead_letter_table VARCHAR, filters BOOLEAN, splits BOOLEAN);
  CREATE TABLE source_record (source VARCHAR, partition VARCHAR, position VARCHAR, arrival_ms DOUBLE, dropped BOOLEAN);
  CREATE TABLE file (path VARCHAR, visible_ms DOUBLE);
  CREATE TABLE table_row (table_name VARCHAR, source VARCHAR, partition VARCHAR, position VARCHAR, visible_ms DOUBLE, row_id VARCHAR);
  CREATE TABLE redriven_letter (source VARCHAR, partition VARCHAR, id VARCHAR);`;

/** Records of payloads that hold many, up to the last that a table has, instead of the payload as a whole. */
const split = `
  CREATE TABLE part AS
    SELECT r.source, r.partition, split_part(r.position, '.', 1) AS sequence, max(split_part(r.position, '.', 2)::INTEGER) AS last
    FROM table_row r JOIN source USING (source) WHERE splits AND contains(r.position, '.') GROUP BY ALL;
  CREATE TABLE split_record AS
    SELECT s.source, s.partition, sequence || '.' || n.unnest AS position, min(s.arrival_ms) AS arrival_ms, false AS dropped
    FROM source_record s
      JOIN part p ON p.source = s.source AND p.partition = s.partition AND p.sequence = split_part(s.position, '.', 1)
      CROSS JOIN unnest(range(0, p.last + 1)) n
    GROUP BY ALL;
  DELETE FROM source_record s USING part p
    WHERE p.source = s.source AND p.partition = s.partition AND p.sequence = split_part(s.position, '.', 1);
  INSERT INTO source_record SELECT * FROM split_record;`;

/** Every position with its copies: where it should be, and how often it is there. */
const judgement = (deadLetterTable: string): string => `
  CREATE TABLE copies AS
    WITH placed AS (
      SELECT r.*, r.table_name IN (s.dead_letter_table, '${deadLetterTable}') AS is_letter,
        NOT is_letter AND regexp_full_match(r.table_name, s.table_pattern) AS is_row
      FROM table_row r JOIN source s USING (source))
    SELECT source, partition, position,
      count(*) FILTER (is_row) AS rows,
      count(*) FILTER (is_letter) AS dead_letters,
      count(*) FILTER (NOT is_letter AND NOT is_row) AS elsewhere,
      min(visible_ms) AS visible_ms
    FROM placed GROUP BY ALL;
  CREATE TABLE redriven AS
    WITH ids AS (SELECT DISTINCT * FROM redriven_letter), placed AS (
      SELECT source, partition, split_part(id, '@', 1) AS position FROM ids WHERE id NOT LIKE '%#%'
      UNION ALL SELECT r.source, r.partition, r.position FROM table_row r SEMI JOIN ids i ON i.id = r.row_id)
    SELECT source, partition, position, count(*) AS redriven FROM placed GROUP BY ALL;
  CREATE TABLE judged AS
    SELECT s.source, s.partition, s.position, s.arrival_ms, s.dropped, c.visible_ms,
      coalesce(c.rows, 0) AS rows, coalesce(c.dead_letters, 0) AS dead_letters, coalesce(c.elsewhere, 0) AS elsewhere,
      coalesce(d.redriven, 0) AS redriven,
      coalesce(c.rows, 0) + coalesce(c.dead_letters, 0) - coalesce(d.redriven, 0) AS found,
      w.filters AND NOT s.dropped AND found = 0 AS filtered,
      NOT s.dropped AND NOT filtered AND found <= 0 AS missing,
      greatest(found - CASE WHEN s.dropped THEN 0 ELSE 1 END, 0) AS duplicated
    FROM source_record s JOIN source w USING (source) LEFT JOIN copies c USING (source, partition, position)
      LEFT JOIN redriven d USING (source, partition, position);
  CREATE TABLE phantom AS
    SELECT c.source, c.partition, c.position, c.rows + c.dead_letters + c.elsewhere AS found
    FROM copies c ANTI JOIN source_record s USING (source, partition, position)
    LEFT JOIN (SELECT source, partition, min(${order('position')}) AS oldest FROM source_record GROUP BY ALL) kept
      USING (source, partition)
    WHERE ${order('c.position')} >= kept.oldest;`;

/**
 * Positions of the sources and rows of the tables side by side, in DuckDB: an engine that shares nothing with the pipeline.
 * Positions older than the oldest that a source still keeps are not judged.
 */
export class AuditDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #records: DuckDBAppender;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, records: DuckDBAppender) {
    this.#instance = instance;
    this.#connection = connection;
    this.#records = records;
  }

  /** `spillFolder`: where DuckDB puts what exceeds its memory. */
  static async open(spillFolder: string): Promise<AuditDatabase> {
    const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', temp_directory: spillFolder });
    const connection = await instance.connect();
    await connection.run(tables);
    return new AuditDatabase(instance, connection, await connection.createAppender('source_record'));
  }

  async addSource({ name, table, deadLetterTable, filters, splits = false }: JudgedSource): Promise<void> {
    const pattern = table.replace(/\{[^}]*\}/g, '.*');
    const values = { name, pattern, deadLetterTable, filters, splits };
    await this.#connection.run(
      'INSERT INTO source VALUES ($name, $pattern, $deadLetterTable, $filters, $splits)',
      values,
    );
  }

  /** `dropsTombstones`: the source's policy. */
  addRecords(source: string, records: readonly SourcePosition[], dropsTombstones: boolean): void {
    const appender = this.#records;
    for (const { partition, position, arrivalMs, tombstone } of records) {
      appender.appendVarchar(source);
      appender.appendVarchar(partition);
      appender.appendVarchar(position);
      appender.appendDouble(arrivalMs);
      appender.appendBoolean(tombstone && dropsTombstones);
      appender.endRow();
    }
    appender.flushSync();
  }

  /** Reads the rows of a table's files; answers how many there are. */
  async addFiles(tableName: string, { files, columns }: AuditedTable): Promise<number> {
    const rowId = columns.some(({ name }) => name === 'row_id') ? 'r.row_id::VARCHAR' : 'NULL';
    const appender = await this.#connection.createAppender('file');
    for (const { path, visibleMs } of files) {
      appender.appendVarchar(path);
      appender.appendDouble(visibleMs);
      appender.endRow();
    }
    appender.closeSync();
    let rows = 0;
    for (let start = 0; start < files.length; start += filesPerQuery) {
      const paths = files.slice(start, start + filesPerQuery).map(({ path }) => `'${path.replaceAll("'", "''")}'`);
      const { rowsChanged } = await this.#connection.run(
        `INSERT INTO table_row
           SELECT '${tableName}', r._source, r._partition, r._position, f.visible_ms, ${rowId}
           FROM read_parquet([${paths.join(', ')}], filename = true, union_by_name = true, hive_partitioning = false) r
           JOIN file f ON f.path = r.filename`,
      );
      rows += rowsChanged;
    }
    return rows;
  }

  /** Dead letters of which tables have rows. */
  async addRedriven(letters: readonly RedrivenLetters[]): Promise<void> {
    const appender = await this.#connection.createAppender('redriven_letter');
    for (const { source, partition, ids } of letters) {
      for (const id of ids) {
        appender.appendVarchar(source);
        appender.appendVarchar(partition);
        appender.appendVarchar(id);
        appender.endRow();
      }
    }
    appender.closeSync();
  }

  /** Compares both sides. Nothing may be added afterwards. */
  async judge(deadLetterTable: string): Promise<void> {
    this.#records.closeSync();
    await this.#connection.run(split);
    await this.#connection.run(judgement(deadLetterTable));
  }

  async countsOf(source: string): Promise<SourceCount> {
    const [counts] = await this.#query(
      `SELECT count(*) AS "in", sum(rows) AS rows, sum(dead_letters) AS "deadLetters", sum(redriven) AS redriven,
         count(*) FILTER (dropped AND found = 0) AS dropped, count(*) FILTER (filtered) AS filtered,
         (SELECT filters::INTEGER FROM source WHERE source = $source) AS filters, count(*) FILTER (missing) AS missing,
         sum(duplicated) AS duplicated,
         sum(elsewhere) + (SELECT coalesce(sum(found), 0) FROM phantom WHERE source = $source) AS strayed
       FROM judged WHERE source = $source`,
      { source },
    );
    const {
      dropped: tombstones,
      filtered,
      filters,
      redriven = 0,
      ...others
    } = Object.fromEntries(
      Object.entries(counts!).map(([name, value]) => [name, Number(value ?? 0)]),
    ) as unknown as Omit<SourceCount, 'dropped'> & { dropped: number; filtered: number; filters: number };
    return {
      ...others,
      ...(redriven === 0 ? {} : { redriven }),
      dropped: { tombstones, ...(filters === 0 ? {} : { filtered }) },
    };
  }

  /** Time from arrival to the commit that made the record visible, over records that arrived from `sinceMs` on. */
  async freshness(sinceMs: number): Promise<Quantiles | undefined> {
    const [found] = await this.#query(
      `SELECT round(quantile_cont(visible_ms - arrival_ms, 0.5)) AS p50, round(quantile_cont(visible_ms - arrival_ms, 0.99)) AS p99
       FROM judged WHERE visible_ms IS NOT NULL AND arrival_ms >= $sinceMs`,
      { sinceMs },
    );
    if (found?.p50 == null) return undefined;
    return { p50: Number(found.p50), p99: Number(found.p99) };
  }

  /** Some of the positions that spoil the balance, of every source at fault at least the first, and how many more there are. */
  async findings(): Promise<{ findings: Finding[]; moreFindings?: number }> {
    const found = await this.#query(
      `WITH found AS (
         SELECT 'missing' AS kind, source, partition, position FROM judged WHERE missing
         UNION ALL SELECT 'duplicated', source, partition, position FROM judged WHERE duplicated > 0
         UNION ALL SELECT 'strayed', source, partition, position FROM judged WHERE elsewhere > 0
         UNION ALL SELECT 'strayed', source, partition, position FROM phantom),
       placed AS (
         SELECT *, count(*) OVER () AS total,
           row_number() OVER (PARTITION BY kind, source ORDER BY partition, ${order('position')}) AS place FROM found),
       taken AS (SELECT *, row_number() OVER (ORDER BY place, kind, source) AS turn FROM placed)
       SELECT kind, source, partition, position, total FROM taken WHERE place = 1 OR turn <= ${maxFindings}
       ORDER BY kind, source, partition, ${order('position')}`,
    );
    const findings = found.map(({ total, ...finding }) => finding) as unknown as Finding[];
    const moreFindings = Number(found[0]?.total ?? 0) - findings.length;
    return { findings, ...(moreFindings === 0 ? {} : { moreFindings }) };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #query(sql: string, values: Record<string, string | number> = {}): Promise<Record<string, unknown>[]> {
    const reader = await this.#connection.runAndReadAll(sql, values);
    return reader.getRowObjectsJS();
  }
}
