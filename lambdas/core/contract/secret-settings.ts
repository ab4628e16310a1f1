import { z } from 'zod';

/** A secret of AWS Secrets Manager. Roles are let in by the whole of its ARN. */
export const secretArn = z
  .string()
  .regex(
    /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    'expected the ARN of a secret, with the six characters that Secrets Manager puts behind its name',
  );

export const keyArn = z
  .string()
  .regex(/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'expected the ARN of a KMS key, not of an alias of it')
  .optional();

/** What a role needs besides, to read a secret that is encrypted with a key of one's own. */
export const secretKeyArn = keyArn.describe(
  'The KMS key that the secret is encrypted with. Absent: the one that Secrets Manager has of its own.',
);
