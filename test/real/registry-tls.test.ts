import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confluentRegistry } from '#adapters/registries/confluent-registry.ts';
import { registryAccess } from '#adapters/registries/registry-secret.ts';
import { type Certificates, makeCertificates } from './support/certificates.ts';

let certificates: Certificates;
let server: Server;
const clients: string[] = [];

beforeAll(async () => {
  certificates = makeCertificates();
  const { certificate: cert, privateKey: key } = certificates.server;
  server = createServer(
    { cert, key, ca: certificates.authority, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
      response.end(JSON.stringify({ schema: '"int"' }));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server?.close());

const schemaWith = (secret: object) =>
  confluentRegistry({
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    timeoutMs: 5_000,
    access: async () => registryAccess(JSON.stringify(secret)),
  }).schemaById('1');

test('a registry lets in whoever has a certificate of its authority, and is one of the authority that the secret names', async () => {
  const { authority: ca, client } = certificates;
  expect(await schemaWith({ ca, ...client })).toMatchObject({ kind: 'avro', text: '"int"' });
  expect(clients).toEqual(['reader']);
  await expect(schemaWith({ ca })).rejects.toThrow(/RegistryUnreachable|expected an answer/);
  await expect(schemaWith({ ...client })).rejects.toThrow(/certificate/);
  expect(clients).toHaveLength(1);
});
