import { z } from 'zod';
import { KinesisError } from './kinesis-error.ts';

export const streamName = z.string().regex(/^[a-zA-Z0-9_.-]{1,128}$/);

export const streamReference = {
  StreamName: streamName.optional(),
  StreamARN: z
    .string()
    .regex(/^arn:aws[^:]*:kinesis:[^:]*:\d{12}:stream\/\S+$/)
    .optional(),
};

/** Base64 text in JSON, bytes in CBOR. */
export const blob = z.union([z.string().transform((text) => Buffer.from(text, 'base64')), z.instanceof(Uint8Array)]);

/** Seconds as a number in JSON, a date in CBOR; milliseconds for us. */
export const timestamp = z.union([
  z.number().transform((seconds) => Math.floor(seconds * 1000)),
  z.date().transform((date) => date.getTime()),
]);

export const streamModeDetails = z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) });

/** One operation: its request's shape and what it does at a time. */
export interface Operation {
  run(request: unknown, nowMs: number): object;
}

/** Pairs a request's shape with its effect; a request of another shape is a ValidationException that names the field. */
export function operation<Shape extends z.ZodType>(
  shape: Shape,
  run: (request: z.infer<Shape>, nowMs: number) => object,
): Operation {
  return {
    run(request, nowMs) {
      const parsed = shape.safeParse(request ?? {});
      if (!parsed.success) {
        const issues = parsed.error.issues.map(({ path, message }) => `Value at '${path.join('.')}': ${message}`);
        throw new KinesisError(
          'ValidationException',
          `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${issues.join('; ')}`,
        );
      }
      return run(parsed.data, nowMs);
    },
  };
}
