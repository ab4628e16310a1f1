import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';
import { checkpointReader } from './checkpoint-reader.ts';
import { writeCheckpointFile } from './write-checkpoint.ts';

/** Row groups of files: large enough for footers to stay small, small enough for few of them to matter to a scan. */
const rowsPerGroup = 32_768;

/** Checkpoints in Parquet, read by hyparquet's pages and written by parquet-wasm, in row groups of so many files. */
export const checkpointCodecOf = (groupRows: number): CheckpointCodec => ({
  ...checkpointReader,
  write: (content, sink) => writeCheckpointFile(content, sink, groupRows),
});

export const checkpointCodec = checkpointCodecOf(rowsPerGroup);
