/** What the thread of `SecondCore` runs: one job after another, each with its answer. */
import { workerData } from 'node:worker_threads';
import { type Answered, type AskedJob, answersSignal, readySignal, type ThreadData } from './second-core-jobs.ts';
import { SecondCoreRows } from './second-core-rows.ts';

const { port, signals } = workerData as ThreadData;
const rows = new SecondCoreRows();

port.on('message', (asked: AskedJob) => {
  port.postMessage(answerTo(asked));
  Atomics.add(signals, answersSignal, 1);
  Atomics.notify(signals, answersSignal);
});
Atomics.store(signals, readySignal, 1);

function answerTo({ id, job }: AskedJob): Answered {
  try {
    return { id, answer: rows.do(job) };
  } catch (error) {
    return { id, failure: error instanceof Error ? String(error.stack) : String(error) };
  }
}
