/** The time now, in epoch milliseconds. */
export type Clock = () => number;

/** A fresh identifier at every call, never given out before by anyone. */
export type Ids = () => string;
