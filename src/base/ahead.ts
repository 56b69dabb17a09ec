import type { Loan, Memory } from './memory.ts';

/**
 * Jobs of one kind, which begin one after the other. Those of another neither wait for them nor keep them waiting, so that one kind is
 * computed while another is merely copied.
 */
export interface Lane {
  /** One is begun before its turn while what waits for its turn, its own bytes included, stays within so many. */
  readonly ahead: number;
}

/** Something to be read or computed, in its turn. */
export interface Job<T> {
  /** Bytes of what it gives. */
  readonly size: number;
  readonly lane: Lane;
  /** What it gives is handed on and not kept here: a list of jobs lives as long as the last of them. @param loan memory for it */
  start(loan: Loan): Promise<T>;
}

/** The jobs of one lane, by number, and how far they are. */
interface Queue {
  readonly jobs: number[];
  next: number;
  /** Bytes of those that were begun and wait for their turn. */
  waiting: number;
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
  const flying = new Map<number, { value: Promise<Value>; giveBack(): void }>();
  const queues = new Map<Lane, Queue>();
  jobs.forEach(({ lane }, i) => {
    const queue = queues.get(lane);
    if (queue) queue.jobs.push(i);
    else queues.set(lane, { jobs: [i], next: 0, waiting: 0 });
  });
  const begin = (queue: Queue) => {
    const i = queue.jobs[queue.next++];
    const { giveBack, ...loan } = memory.lend();
    const value = jobs[i].start(loan) as Promise<Value>;
    value.catch(() => {});
    flying.set(i, { value, giveBack });
  };
  try {
    for (const [turn, job] of jobs.entries()) {
      const own = queues.get(job.lane)!;
      if (flying.has(turn)) own.waiting -= job.size;
      else begin(own);
      for (const [{ ahead }, queue] of queues) {
        while (queue.next < queue.jobs.length) {
          const { size } = jobs[queue.jobs[queue.next]];
          if (flying.size >= most || queue.waiting + size > ahead) break;
          queue.waiting += size;
          begin(queue);
        }
      }
      const { value, giveBack } = flying.get(turn)!;
      yield { job, value: await value };
      flying.delete(turn);
      giveBack();
    }
  } finally {
    await Promise.allSettled([...flying.values()].map((f) => f.value));
    memory.clear();
  }
}
