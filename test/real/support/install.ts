/** Installs everything the real tests start, the slow builds first and at once; fails when any part could not be had. */

import { installApicurio } from './apicurio.ts';
import { installAzurite } from './azurite.ts';
import { installDynamodbLocal } from './dynamodb-local.ts';
import { installFakeGcs } from './fake-gcs.ts';
import { installJmespathSuite } from './jmespath-suite.ts';
import { installKafka } from './kafka.ts';
import { installKcat } from './kcat.ts';
import { installOlderDeltalake, installPython, installSerialisers, installSparkJars } from './python.ts';
import { installVersitygw } from './versitygw.ts';

const parts: [name: string, install: () => Promise<unknown>][] = [
  ['versitygw', installVersitygw],
  ['fake-gcs-server', installFakeGcs],
  ['azurite', installAzurite],
  ['dynamodb-local', installDynamodbLocal],
  ['jmespath', installJmespathSuite],
  ['kafka', installKafka],
  ['apicurio', installApicurio],
  ['kcat', installKcat],
  ['python', installPython],
  ['deltalake 1.6.0', installOlderDeltalake],
  ['python-serialisers', installSerialisers],
  ['spark-jars', installSparkJars],
];

const results = await Promise.allSettled(parts.map(([, install]) => install()));
for (const [index, result] of results.entries()) {
  if (result.status === 'rejected') {
    console.error(`could not install ${parts[index]![0]}:`, result.reason);
    process.exitCode = 1;
  }
}
