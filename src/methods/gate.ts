import { MiB } from '../base/limits.ts';
import type { Allocate } from '../base/source.ts';

/** Two matrices of 4096 × 4096 floats, and biases beside them: one is read while another is being worked on. */
const FLOATS_AT_ONCE = 144 * MiB;

/** Memory is kept for the next computation up to this size, and that many pieces of it. */
const SPARE_MOST = 16 * MiB;
const SPARES = 4;

/**
 * Lets computations through in the order they came, as long as those under way need no more than `limit` bytes together,
 * or one at a time. A writer asks for many payloads ahead; this keeps the floats behind them from all being in memory.
 */
export class Gate {
  private used = 0;
  private readonly waiting: { size: number; enter: () => void }[] = [];
  /** Memory that computations are done with. */
  private readonly spare: ArrayBuffer[] = [];

  constructor(private readonly limit = FLOATS_AT_ONCE) {}

  async run<T>(size: number, task: () => Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.waiting.push({ size, enter });
      this.admit();
    });
    try {
      return await task();
    } finally {
      this.used -= size;
      this.admit();
    }
  }

  /** The same with memory for the floats, which others use after the task has ended: what it gives must not lie in there. */
  runIn<T>(size: number, task: (allocate: Allocate) => Promise<T>): Promise<T> {
    const taken: ArrayBuffer[] = [];
    const allocate: Allocate = (bytes) => {
      const at = this.spare.findIndex((s) => s.byteLength >= bytes);
      const memory = at < 0 ? new ArrayBuffer(bytes) : this.spare.splice(at, 1)[0];
      taken.push(memory);
      return memory;
    };
    return this.run(size, async () => {
      try {
        return await task(allocate);
      } finally {
        this.spare.push(...taken.filter((m) => m.byteLength <= SPARE_MOST));
        while (this.spare.length > SPARES) this.spare.shift();
      }
    });
  }

  private admit(): void {
    while (this.waiting.length && (this.used === 0 || this.used + this.waiting[0].size <= this.limit)) {
      const { size, enter } = this.waiting.shift()!;
      this.used += size;
      enter();
    }
  }
}
