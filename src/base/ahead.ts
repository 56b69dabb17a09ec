import type { Loan, Memory } from './memory.ts';

/** Something to be read or computed, in its turn. */
export interface Job<T> {
  /** Bytes of what it gives. */
  readonly size: number;
  /** It is begun before its turn while what waits behind the one whose turn it is, its own bytes included, stays within so many. */
  readonly ahead: number;
  /** What it gives is handed on and not kept here: a list of jobs lives as long as the last of them. @param loan memory for it */
  start(loan: Loan): Promise<T>;
}

/**
 * What jobs give, in their order, while the next ones are under way. Each result may be looked at until the next is asked for: its
 * memory is lent again then. A failure ahead of its turn is thrown in its turn. Whoever stops early waits for those under way.
 * @param memory what they are lent, and nobody else; empty in the end
 * @param most jobs under way, the one whose turn it is included
 */
export async function* inTurn<J extends Job<unknown>>(
  jobs: readonly J[],
  memory: Memory,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<{ job: J; value: Awaited<ReturnType<J['start']>> }> {
  type Value = Awaited<ReturnType<J['start']>>;
  const flying: { value: Promise<Value>; giveBack(): void }[] = [];
  let started = 0;
  let waiting = 0;
  const mayStart = () =>
    started < jobs.length &&
    (flying.length === 0 || (flying.length < most && waiting + jobs[started].size <= jobs[started].ahead));
  try {
    for (const job of jobs) {
      while (mayStart()) {
        const { giveBack, ...loan } = memory.lend();
        const value = jobs[started].start(loan) as Promise<Value>;
        value.catch(() => {});
        if (flying.length > 0) waiting += jobs[started].size;
        started++;
        flying.push({ value, giveBack });
      }
      const { value, giveBack } = flying.shift()!;
      yield { job, value: await value };
      giveBack();
      // The next has its turn now.
      if (flying.length > 0) waiting -= jobs[started - flying.length].size;
    }
  } finally {
    await Promise.allSettled(flying.map((f) => f.value));
    memory.clear();
  }
}
