import { MiB } from '../base/limits.ts';
import { type Loan, Memory } from '../base/memory.ts';
import { nextTurn } from '../base/turn.ts';
import { arena } from '../kernels/simd/resident.ts';

/** Two matrices of 4096 × 4096 floats, and biases beside them: one is read while another is being worked on. */
const FLOATS_AT_ONCE = 144 * MiB;

/** One is computed while two are being read: more only go through more memory than the caches hold. */
const MOST = 3;

/** Memory of floats that is kept for the next computation. */
const SPARE = 48 * MiB;

/**
 * Lets computations through in the order they came, three at a time as long as those under way need no more than `limit` bytes
 * together, or one. A writer asks for many payloads ahead; this keeps the floats behind them from all being in memory.
 */
export class Gate {
  private used = 0;
  private inside = 0;
  private last = Promise.resolve();
  private readonly waiting: { size: number; enter: () => void }[] = [];
  private readonly memory = new Memory(SPARE, arena);

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
      this.inside--;
      this.admit();
      if (this.inside === 0) this.memory.clear();
    }
  }

  /** The same with memory for the floats, which others use after the task has ended: what it gives must not lie in there. */
  runIn<T>(size: number, task: (loan: Loan) => Promise<T>): Promise<T> {
    return this.run(size, async () => {
      const loan = this.memory.lend();
      try {
        return await task(loan);
      } finally {
        loan.giveBack();
      }
    });
  }

  /**
   * Resolves when what has been read may be computed: one in each turn of the event loop, so that results are written, the next are
   * read and messages are heard in between, however many reads end together.
   */
  turn(): Promise<void> {
    this.last = this.last.then(nextTurn);
    return this.last;
  }

  private admit(): void {
    while (this.waiting.length && this.inside < MOST) {
      if (this.inside > 0 && this.used + this.waiting[0].size > this.limit) return;
      const { size, enter } = this.waiting.shift()!;
      this.used += size;
      this.inside++;
      enter();
    }
  }
}
