import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { readCheckpoint } from './read-checkpoint.ts';

/** Reads checkpoints without what writing them takes along. */
export const checkpointReader: CheckpointReader = { read: readCheckpoint };
