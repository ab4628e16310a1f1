const initialSlots = 1024;
/** FNV-1a's start and prime, and another start for the second half. */
const [start, otherStart, prime] = [0x811c9dc5, 0xc2b2ae35, 0x01000193];

/**
 * Paths, kept as fingerprints of 53 bits: about 16 bytes each, however long they are. `has` may once in some billion answers
 * say yes for a path that was never added; never no for one that was.
 */
export class PathSet {
  #slots = new Float64Array(initialSlots);
  #size = 0;

  add(path: string): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#grow();
    const fingerprint = fingerprintOf(path);
    const slot = slotOf(this.#slots, fingerprint);
    if (this.#slots[slot] === fingerprint) return;
    this.#slots[slot] = fingerprint;
    this.#size += 1;
  }

  has(path: string): boolean {
    const fingerprint = fingerprintOf(path);
    return this.#slots[slotOf(this.#slots, fingerprint)] === fingerprint;
  }

  #grow(): void {
    const slots = new Float64Array(2 * this.#slots.length);
    for (const fingerprint of this.#slots) if (fingerprint !== 0) slots[slotOf(slots, fingerprint)] = fingerprint;
    this.#slots = slots;
  }
}

/** Where the fingerprint is, or the empty slot where it would go. */
function slotOf(slots: Float64Array, fingerprint: number): number {
  let slot = fingerprint % slots.length;
  while (slots[slot] !== 0 && slots[slot] !== fingerprint) slot = (slot + 1) % slots.length;
  return slot;
}

/** Never 0, which marks an empty slot. */
function fingerprintOf(path: string): number {
  let low = start;
  let high = otherStart;
  for (let index = 0; index < path.length; index++) {
    const unit = path.charCodeAt(index);
    low = Math.imul(low ^ unit, prime);
    high = Math.imul((high ^ unit) + (low >>> 15), prime);
  }
  return ((high ^ (low >>> 13)) >>> 11) * 0x1_0000_0000 + (low >>> 0) || 1;
}
