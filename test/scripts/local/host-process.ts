/** A local AWS in a process of its own, for tests that kill it: `host-process.ts <assembly folder> <data folder>`. */
import { startLocalAws } from '../../../scripts/local/start-local-aws.ts';

const [assemblyFolder, dataFolder] = process.argv.slice(2) as [string, string];
const ports = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
const aws = await startLocalAws({ environment: 'small', assemblyFolder, dataFolder, ports });
console.log(JSON.stringify(aws.endpoints));
process.on('SIGTERM', async () => {
  await aws.close();
  process.exit(0);
});
