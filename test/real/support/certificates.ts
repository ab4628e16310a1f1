import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8, without a password. */
  privateKey: string;
}

export interface Certificates {
  /** The certificate of the authority that signed the others, PEM. */
  authority: string;
  /** For `localhost` and 127.0.0.1. */
  server: Certificate;
  client: Certificate;
}

/** An authority, a server and a client, for two days. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const pem = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const key = ['-newkey', 'rsa:2048', '-nodes', '-subj'];
  const signed = (name: string, commonName: string): Certificate => {
    openssl('req', ...key, `/CN=${commonName}`, '-keyout', `${name}.key`, '-out', `${name}.request`);
    const authority = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-days', '2', '-in', `${name}.request`, ...authority, '-out', `${name}.pem`);
    return { certificate: pem(`${name}.pem`), privateKey: pem(`${name}.key`) };
  };
  try {
    writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    openssl('req', '-x509', ...key, '/CN=authority', '-days', '2', '-keyout', 'authority.key', '-out', 'authority.pem');
    return {
      authority: pem('authority.pem'),
      server: signed('server', 'localhost'),
      client: signed('client', 'reader'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
