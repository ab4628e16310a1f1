import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { writeCheckpointFile } from './write-checkpoint.ts';

/** Checkpoints in Parquet: read by hyparquet's pages, written by parquet-wasm. */
export const checkpointCodec: CheckpointCodec = { read: readCheckpoint, write: writeCheckpointFile };
