import { z } from 'zod';
import type { HttpAccess } from './http-get.ts';

const secret = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  token: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  ca: z.string().optional(),
});

/** What a registry's secret says of how to ask. Its values are in no message. Throws where it is not as it must be. */
export function registryAccess(secretText: string): HttpAccess {
  let json: unknown;
  try {
    json = JSON.parse(secretText);
  } catch {
    throw new Error('expected the secret of a registry to be JSON, such as {"username": …, "password": …}');
  }
  const { success, data, error } = secret.safeParse(json);
  if (!success) {
    const keys = error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new Error(`expected texts in the secret of a registry; they are not under ${keys || 'the whole'}`);
  }
  const { username, password = '', token, headers = {}, certificate, privateKey, privateKeyPassword, ca } = data;
  const authorization =
    username !== undefined
      ? `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
      : token !== undefined
        ? `Bearer ${token}`
        : undefined;
  const tls = {
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
    ...(privateKeyPassword === undefined ? {} : { passphrase: privateKeyPassword }),
    ...(ca === undefined ? {} : { ca }),
  };
  return {
    headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}
