import { KiB } from './limits.ts';

/** Less is made anew: that costs nothing, and a large piece is not lent for it. */
const WORTH = 64 * KiB;

/** Gives memory of at least so many bytes, with anything in it. */
export type Allocate = (bytes: number) => ArrayBuffer;

/** Memory that nobody had before. */
export const fresh: Allocate = (bytes) => new ArrayBuffer(bytes);

/** Where a read or a computation may get its memory from: what was used before costs no zeroing, no page faults and no garbage to collect. */
export interface Loan {
  /** Memory of this loan. */
  readonly take: Allocate;
  /**
   * Memory of this loan where it need not be copied to be worked on. It is part of a larger one and can neither be transferred nor
   * withdrawn; undefined, like a loan that has none at all, when there is no room.
   */
  readonly place?: (bytes: number) => Uint8Array<ArrayBuffer> | undefined;
  /** Memory for what outlives this loan: it comes back with the one that is told of it by `adopt`, or never. */
  readonly withdraw: Allocate;
  /** Keeps the first bytes of a place for what outlives this loan; the rest is free. They are lent again when they are given back. */
  readonly keep?: (place: ArrayBufferView, bytes: number) => Kept;
  /** Makes memory that nobody else looks at part of this loan: what was withdrawn or kept, or is in another object since it was transferred. */
  adopt(memory: ArrayBuffer | Kept): void;
}

/** A part of a place that has outlived its loan. */
export interface Kept {
  giveBack(): void;
}

/**
 * Values for whoever reads them: their memory becomes part of the reader's loan. Without one they are its own.
 * @param kept where they lie in what was kept of a place; else they are all of what was withdrawn
 */
export function handOver<T extends { readonly buffer: ArrayBuffer; slice(): T }>(values: T, kept?: Kept, to?: Loan): T {
  if (!kept || to) {
    to?.adopt(kept ?? values.buffer);
    return values;
  }
  const own = values.slice();
  kept.giveBack();
  return own;
}

/** A larger piece of memory, of which parts are lent. */
export interface Room {
  /** A part with anything in it; undefined when there is no room. */
  take(bytes: number): Uint8Array<ArrayBuffer> | undefined;
  /** The first bytes of a part; the rest is free. @param part as `take` gave it */
  shrink(part: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer>;
  /** @param part as `take` or `shrink` gave it */
  giveBack(part: Uint8Array<ArrayBuffer>): void;
}

/** Memory that is lent again and again. */
export class Memory {
  private spare: ArrayBuffer[] = [];
  private kept = 0;

  /**
   * @param most bytes that are kept for the next loans
   * @param room where loans find their places; made when the first is asked for
   */
  constructor(
    private readonly most: number,
    private readonly room?: () => Room | null,
  ) {}

  /** A loan, which ends with `giveBack`: nobody may look at its memory from then on. */
  lend(): Loan & { giveBack(): void } {
    const taken = new Set<ArrayBuffer>();
    const placed: Uint8Array<ArrayBuffer>[] = [];
    const kept: Kept[] = [];
    return {
      take: (bytes) => {
        const memory = this.find(bytes);
        taken.add(memory);
        return memory;
      },
      place: (bytes) => {
        const part = this.room?.()?.take(bytes);
        if (part) placed.push(part);
        return part;
      },
      withdraw: (bytes) => this.find(bytes),
      keep: (place, bytes) => {
        const i = placed.findIndex((p) => p.buffer === place.buffer && p.byteOffset === place.byteOffset);
        if (i < 0) throw new Error('what is to be kept is no place of this loan');
        const [whole] = placed.splice(i, 1);
        const room = this.room!()!;
        const part = room.shrink(whole, bytes);
        return { giveBack: () => room.giveBack(part) };
      },
      adopt: (memory) => void (memory instanceof ArrayBuffer ? taken.add(memory) : kept.push(memory)),
      giveBack: () => {
        for (const m of taken) this.keep(m);
        taken.clear();
        for (const part of placed.splice(0)) this.room!()!.giveBack(part);
        for (const part of kept.splice(0)) part.giveBack();
      },
    };
  }

  /** Keeps nothing for the next loan. */
  clear(): void {
    for (const m of this.spare) free(m);
    this.spare = [];
    this.kept = 0;
  }

  /** The smallest of what is kept that is large enough, or new memory. */
  private find(bytes: number): ArrayBuffer {
    if (bytes < WORTH) return fresh(bytes);
    let best = -1;
    this.spare.forEach((m, i) => {
      if (m.byteLength >= bytes && (best < 0 || m.byteLength < this.spare[best].byteLength)) best = i;
    });
    if (best < 0) return fresh(bytes);
    const [memory] = this.spare.splice(best, 1);
    this.kept -= memory.byteLength;
    return memory;
  }

  private keep(memory: ArrayBuffer): void {
    // What was transferred has no bytes any more.
    if (memory.byteLength < WORTH) return;
    if (memory.byteLength > this.most) {
      free(memory);
      return;
    }
    this.spare.push(memory);
    this.kept += memory.byteLength;
    while (this.kept > this.most) {
      const oldest = this.spare.shift()!;
      this.kept -= oldest.byteLength;
      free(oldest);
    }
  }
}

/** Frees memory at once where the runtime can (ES2024), instead of when garbage is next collected. */
function free(memory: ArrayBuffer): void {
  (memory as { transfer?: (bytes: number) => ArrayBuffer }).transfer?.(0);
}
