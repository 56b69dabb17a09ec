/** Where a read may get its memory from: what was used before costs no zeroing, no page faults and no garbage to collect. */
export interface Loan {
  /** Memory of at least so many bytes, with anything in it. */
  take(bytes: number): ArrayBuffer;
  /** Says that memory is in another object now, as transferring makes it. */
  moved(memory: ArrayBuffer): void;
}

/** Larger memory is not kept, and no more pieces than this. */
export class Memory {
  private readonly spare: ArrayBuffer[] = [];

  constructor(
    private readonly largest: number,
    private readonly pieces: number,
  ) {}

  /** A loan, which ends with `giveBack`: nobody may look at its memory from then on. */
  lend(): Loan & { giveBack(): void } {
    const taken = new Set<ArrayBuffer>();
    return {
      take: (bytes) => {
        const at = this.spare.findIndex((s) => s.byteLength >= bytes);
        const memory = at < 0 ? new ArrayBuffer(bytes) : this.spare.splice(at, 1)[0];
        taken.add(memory);
        return memory;
      },
      moved: (memory) => void taken.add(memory),
      giveBack: () => {
        for (const m of taken) {
          // What was transferred has no bytes any more.
          if (m.byteLength === 0) continue;
          if (m.byteLength <= this.largest) this.spare.push(m);
          else free(m);
        }
        taken.clear();
        while (this.spare.length > this.pieces) free(this.spare.shift()!);
      },
    };
  }

  /** Keeps nothing for the next loan. */
  clear(): void {
    for (const m of this.spare.splice(0)) free(m);
  }
}

/** Frees memory at once where the runtime can (ES2024), instead of when garbage is next collected. */
function free(memory: ArrayBuffer): void {
  (memory as { transfer?: (bytes: number) => ArrayBuffer }).transfer?.(0);
}
