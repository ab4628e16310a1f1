import type { Prepare } from './case.ts';
import { scratchFor } from './scratch.ts';

/** The line to cross: each payload decoded and parsed, what comes of it dropped. */
export const dropped: Prepare = ({ base64 }) => {
  const scratch = scratchFor(base64);
  return () => {
    for (const payload of base64) JSON.parse(scratch.toString('utf8', 0, scratch.write(payload, 0, 'base64')));
    return undefined;
  };
};
