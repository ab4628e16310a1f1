import { z } from 'zod';

/** A secret of AWS Secrets Manager. */
export const secretArn = z.string().regex(/^arn:aws[\w-]*:secretsmanager:/, 'expected the ARN of a secret');

export const keyArn = z
  .string()
  .regex(/^arn:aws[\w-]*:kms:/, 'expected the ARN of a KMS key')
  .optional();

/** What a role needs besides, to read a secret that is encrypted with a key of one's own. */
export const secretKeyArn = keyArn.describe(
  'The KMS key that the secret is encrypted with. Absent: the one that Secrets Manager has of its own.',
);
