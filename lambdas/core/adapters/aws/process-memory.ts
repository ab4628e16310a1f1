import { setFlagsFromString } from 'node:v8';

/** An old generation may be five times what lived at its last collection before the next. */
const growthPercent = 400;
/** Of one that gigabytes go through. */
const streamingGrowthPercent = 30;

/**
 * Has V8 collect the old generation of this process less often. By itself it does once there are two thirds more, and what lives
 * is small, as code mostly is: an event's JSON text alone, memory that counts for it, made it mark everything at every second event.
 */
export const collectSeldom = (): void => setFlagsFromString(`--heap-growing-percent=${growthPercent}`);

/**
 * Has V8 collect the old generation of this process often, give back what buffers held within each collection (the thread that does
 * it otherwise may wait for a processor while gigabytes are read), and do without its middle compiler: that one takes up a hundred
 * functions of a request at once, at the five hundredth, and the megabytes for it stay.
 */
export function holdLittle(): void {
  setFlagsFromString(`--heap-growing-percent=${streamingGrowthPercent}`);
  setFlagsFromString('--no-concurrent-array-buffer-sweeping');
  setFlagsFromString('--no-maglev');
}
