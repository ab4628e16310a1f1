import { afterAll, beforeAll } from 'vitest';
import { s3Conformance } from '../support/conformance/s3.ts';
import { installVersitygw, startVersitygw, type Versitygw } from './support/versitygw.ts';

let server: Versitygw | undefined;

beforeAll(installVersitygw);
afterAll(() => server?.stop());

s3Conformance('versitygw', async () => {
  server = await startVersitygw();
  return server;
});
