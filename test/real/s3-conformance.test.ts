import { afterAll, beforeAll } from 'vitest';
import { s3Conformance } from '../support/conformance/s3.ts';
import { installVersitygw, startVersitygw, type Versitygw } from './support/versitygw.ts';

let server: Versitygw | undefined;

beforeAll(installVersitygw);
afterAll(() => server?.stop());

s3Conformance(
  'versitygw',
  async () => {
    server = await startVersitygw();
    return server;
  },
  {
    'CopyObject If-None-Match on an existing destination is 412': 'it ignores the header on a copy',
    'a delete during a conditional upload is 409 ConditionalRequestConflict':
      'it looks at the end alone, and answers 200',
    'a policy is read back as it was put, and deleted': 'it answers 400: it knows few condition keys',
    'a policy may require If-None-Match: a plain put is 403, a conditional one goes by what is there':
      'it knows no s3:if-none-match',
    'a policy that requires If-None-Match lets uploads in parts begin, and end with the header':
      'it knows no s3:if-none-match',
    'a policy that requires If-None-Match stops copies, and nothing else': 'it knows no s3:if-none-match',
    'lifecycle rules are read back as they were put, until they are deleted':
      'it answers 501: it has no lifecycle rules',
    'a lifecycle rule of no whole day is refused': 'it has no lifecycle rules',
    'lifecycle deletes: what has the prefix and the tag, at the midnight after its last day':
      'it has no lifecycle rules',
    'lifecycle deletes: s3:LifecycleExpiration:Delete to SQS': 'it has neither lifecycle rules nor events by bucket',
    'notifications to a queue that is not there are refused': 'it has no notifications by bucket',
    'a body cut short leaves nothing': 'it keeps the bytes that arrived, when nothing signed says how many there are',
  },
);
