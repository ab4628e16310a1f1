import { RestError } from '@azure/storage-blob';
import { describe, expect, test } from 'vitest';
import * as s3 from '#adapters/aws/s3-answers.ts';
import * as azure from '#adapters/azure/azure-answers.ts';
import * as gcs from '#adapters/gcs/gcs-answers.ts';

/** What each service's client throws for an answer's status, or where none came. */
const stores = {
  S3: {
    ...s3,
    failure: (status?: number) =>
      Object.assign(new Error('no'), { $metadata: status === undefined ? {} : { httpStatusCode: status } }),
  },
  Azure: {
    ...azure,
    failure: (status?: number) => new RestError('no', status === undefined ? {} : { statusCode: status }),
  },
  Google: {
    ...gcs,
    failure: (status?: number) => Object.assign(new Error('no'), status === undefined ? {} : { code: status }),
  },
};

describe.each(Object.entries(stores))('%s', (_, { unlessAbsent, outcomeOf, failure }) => {
  test('only 404 is absence', async () => {
    expect(await unlessAbsent(Promise.resolve(1))).toBe(1);
    expect(await unlessAbsent(Promise.reject(failure(404)))).toBeUndefined();
    for (const status of [403, 412, 503]) {
      await expect(unlessAbsent(Promise.reject(failure(status)))).rejects.toThrow('no');
    }
  });

  test('a write on condition found an object, surely failed, or nobody knows', async () => {
    expect(await outcomeOf(Promise.resolve())).toBe('created');
    expect(await outcomeOf(Promise.reject(failure(412)))).toBe('exists');
    for (const status of [409, 500, 503, undefined]) {
      expect(await outcomeOf(Promise.reject(failure(status))), String(status)).toBe('unknown');
    }
    for (const status of [400, 403, 404]) {
      await expect(outcomeOf(Promise.reject(failure(status))), String(status)).rejects.toThrow('no');
    }
  });
});
