/** The thread of `SecondCore`: a kernel on the memory that it is given, and one job after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { SharedKernel } from '../kernel/kernel.ts';
import { type ColumnsJob, encodeJob, type JobAnswer } from './second-core-job.ts';

const kernel = new SharedKernel(workerData);

parentPort?.on('message', (job: ColumnsJob) => {
  parentPort?.postMessage(answerTo(job));
});
parentPort?.postMessage('ready');

function answerTo(job: ColumnsJob): JobAnswer {
  try {
    return { id: job.id, encoded: encodeJob(kernel, job) };
  } catch (error) {
    return { id: job.id, failure: error instanceof Error ? String(error.stack) : String(error) };
  }
}
