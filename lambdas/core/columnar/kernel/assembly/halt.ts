/** Why the scan has stopped; 0 while it goes on. */
export let halt: i32 = 0;

export function haltFor(reason: i32): void {
  halt = reason;
}

export function haltReason(): i32 {
  return halt;
}
