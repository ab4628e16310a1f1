import { z } from 'zod';
import { duration } from './duration.ts';

/** When somebody is called, and how. */
export const alarmSettings = z
  .strictObject({
    topicArn: z
      .string()
      .regex(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/, 'expected the ARN of an SNS topic')
      .optional()
      .describe(
        'An SNS topic that alarms go to; if it is encrypted, by a KMS key whose policy lets CloudWatch use it. Absent: alarms are made and notify nobody.',
      ),
    runbookUrl: z
      .url()
      .default('https://github.com/alluvium-data/alluvium/blob/main/docs/runbook.md')
      .describe('Where the runbook is published; alarms link `<runbookUrl>#<section>`.'),
    freshness: duration
      .prefault('15m')
      .describe('Freshness (event arrival to visible) beyond which somebody is called.'),
    deadLetters: z
      .int()
      .min(0)
      .default(0)
      .describe('Dead letters of one table within five minutes beyond which somebody is called.'),
    offsetLag: z
      .int()
      .min(1)
      .default(1_000_000)
      .describe('Unread records of one Kafka topic beyond which somebody is called.'),
  })
  .transform(({ freshness, ...rest }) => ({ ...rest, freshnessMs: freshness }))
  .prefault({});
