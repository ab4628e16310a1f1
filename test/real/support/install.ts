/** Installs everything the real tests start, the slow builds first and at once; fails when any part could not be had. */
import { installDynamodbLocal } from './dynamodb-local.ts';
import { installJmespathSuite } from './jmespath-suite.ts';
import { installKafka } from './kafka.ts';
import { installKcat } from './kcat.ts';
import { installOlderDeltalake, installPython, installSparkJars } from './python.ts';
import { installVersitygw } from './versitygw.ts';

const parts: [name: string, install: () => Promise<unknown>][] = [
  ['versitygw', installVersitygw],
  ['dynamodb-local', installDynamodbLocal],
  ['jmespath', installJmespathSuite],
  ['kafka', installKafka],
  ['kcat', installKcat],
  ['python', installPython],
  ['deltalake 1.6.0', installOlderDeltalake],
  ['spark-jars', installSparkJars],
];

const results = await Promise.allSettled(parts.map(([, install]) => install()));
for (const [index, result] of results.entries()) {
  if (result.status === 'rejected') {
    console.error(`could not install ${parts[index]![0]}:`, result.reason);
    process.exitCode = 1;
  }
}
