import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { within } from './clients.ts';

/** The text of a secret as it is now. */
export async function readSecret(secretArn: string): Promise<string> {
  const client = new SecretsManagerClient(within(5_000));
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (SecretString === undefined) throw new Error(`${secretArn}: expected a secret of text, got bytes`);
    return SecretString;
  } finally {
    client.destroy();
  }
}
