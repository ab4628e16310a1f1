import type { PutOutcome } from '#delta/object-store.ts';

/** What an error of a store says of its object, or of a write to it. */
export type ErrorMeaning =
  /** There is no such object. */
  | 'absent'
  /** A write on condition found one. */
  | 'exists'
  /** A write may have taken effect, or may yet. */
  | 'unknown'
  /** A failure. */
  | undefined;

export interface StoreAnswers {
  /** What is answered, with absence as a value. Rejects as the request does otherwise. */
  unlessAbsent<Output>(request: Promise<Output>): Promise<Output | undefined>;
  /** What a write on condition came to. Rejects as the request does where it surely failed. */
  outcomeOf(request: Promise<unknown>): Promise<PutOutcome>;
}

/** A store's answers, by what its errors mean. */
export const storeAnswers = (meaningOf: (error: unknown) => ErrorMeaning): StoreAnswers => ({
  async unlessAbsent(request) {
    try {
      return await request;
    } catch (error) {
      if (meaningOf(error) === 'absent') return undefined;
      throw error;
    }
  },

  async outcomeOf(request) {
    try {
      await request;
      return 'created';
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === 'exists' || meaning === 'unknown') return meaning;
      throw error;
    }
  },
});
