import * as Comlink from 'comlink';
import { PareError, type PareErrorData } from '../src/base/errors.ts';

/**
 * Comlink's own way of throwing keeps only an error's message, name and stack. This one carries a PareError whole, and
 * makes one of everything else on the side where it happened. Both sides import this file before they talk.
 */
const plain = Comlink.transferHandlers.get('throw') as Comlink.TransferHandler<{ value: unknown }, unknown>;

Comlink.transferHandlers.set('throw', {
  canHandle: plain.canHandle,
  serialize: ({ value }) => [PareError.from(value).toJSON(), []],
  deserialize(data) {
    throw PareError.fromJSON(data);
  },
} satisfies Comlink.TransferHandler<{ value: unknown }, PareErrorData>);

/** Callbacks over threads are messages: calls closer together than this are merged into the last of them. */
const QUIET_MS = 50;

/** At most one call per 50 ms, or per `quiet` ms, and always the last one. `flush` sends what waits. */
export function throttled<T>(send: (value: T) => void, quiet = QUIET_MS): { (value: T): void; flush(): void } {
  let waiting: { value: T } | undefined;
  let last = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (!waiting) return;
    const { value } = waiting;
    waiting = undefined;
    last = performance.now();
    send(value);
  };
  const call = (value: T) => {
    waiting = { value };
    if (performance.now() - last >= quiet) flush();
  };
  return Object.assign(call, { flush });
}

/** Gathers items and sends them together, at most one message per 50 ms, or per `quiet` ms. */
export function batched<T>(send: (items: T[]) => void, quiet = QUIET_MS): { (item: T): void; flush(): void } {
  let items: T[] = [];
  const all = throttled<T[]>((list) => {
    items = [];
    send(list);
  }, quiet);
  const call = (item: T) => {
    items.push(item);
    all(items);
  };
  return Object.assign(call, { flush: all.flush });
}

/** The tasks a worker has in hand, so that `cancel` and `enough` find them. */
export class Tasks {
  private readonly controllers = new Map<number, { cancel: AbortController; enough: AbortController }>();

  /** Runs `work` under the task's signals: nobody waits any more, and what there is will do. */
  async run<T>(task: number, work: (signal: AbortSignal, enough: AbortSignal) => Promise<T>): Promise<T> {
    const own = { cancel: new AbortController(), enough: new AbortController() };
    this.controllers.set(task, own);
    try {
      return await work(own.cancel.signal, own.enough.signal);
    } finally {
      this.controllers.delete(task);
    }
  }

  cancel(task: number): void {
    this.controllers.get(task)?.cancel.abort();
  }

  enough(task: number): void {
    this.controllers.get(task)?.enough.abort();
  }
}

export { Comlink };
