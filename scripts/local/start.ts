/** `npm start`: a small AWS on this machine, real data through it, and an audit of what came out. */
import { ProgressDisplay } from './progress/progress.ts';
import { run } from './run.ts';
import { OptionsError, StartError } from './start-error.ts';
import { parseStartOptions, usage } from './start-options.ts';

/** A terminal's Ctrl-C may arrive twice: from the terminal itself and through the launcher. */
const sameSignalMs = 1_000;

const stop = new AbortController();
let stoppedAtMs = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stop.signal.aborted) stoppedAtMs = Date.now();
    else if (Date.now() - stoppedAtMs > sameSignalMs) process.exit(130);
    stop.abort();
  });
}

/** A launcher that was killed cannot pass that on: then this ends as suddenly. */
const launcher = process.ppid;
const lookEveryMs = 500;
if (process.env.ALLUVIUM_LAUNCHER === String(launcher)) {
  setInterval(() => {
    if (process.ppid !== launcher) process.kill(process.pid, 'SIGKILL');
  }, lookEveryMs).unref();
}

if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}

try {
  const options = parseStartOptions(process.argv.slice(2));
  const balanced = await run(options, new ProgressDisplay(process.stdout), stop.signal);
  process.exit(balanced ? 0 : 1);
} catch (error) {
  if (error instanceof OptionsError) console.error(`${error.message}\n\n${usage}`);
  else console.error(error instanceof StartError ? error.message : error);
  process.exit(error instanceof OptionsError ? 2 : 1);
}
