import type { Remote } from 'comlink';
import { Comlink } from '../../../workers/comlink.ts';
import { isOutOfMemory, PareError } from '../../base/errors.ts';

/**
 * A worker that is started on first use, and again after it has died. Comlink never rejects a call to a dead worker, so
 * each call is raced against the worker's death.
 */
export class WorkerHandle<T> {
  /** How many have been started: another number means a worker that holds nothing. */
  started = 0;
  private live:
    | { worker: Worker; remote: Remote<T>; died: Promise<never>; kill: (error: PareError) => void }
    | undefined;

  constructor(
    private readonly start: () => Worker,
    private readonly what: string,
  ) {}

  private ensure() {
    if (this.live) return this.live;
    const worker = this.start();
    this.started++;
    let kill!: (error: PareError) => void;
    const died = new Promise<never>((_, reject) => {
      kill = reject;
    });
    died.catch(() => {});
    const live = { worker, remote: Comlink.wrap<T>(worker), died, kill };
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.drop(live, event.message);
    });
    worker.addEventListener('messageerror', () => this.drop(live, 'a message could not be read'));
    this.live = live;
    return live;
  }

  private drop(live: NonNullable<typeof this.live>, why: string): void {
    live.worker.terminate();
    if (this.live === live) this.live = undefined;
    live.kill(
      new PareError(
        isOutOfMemory(why) ? 'memory/exhausted' : 'worker/died',
        `The ${this.what} stopped: ${why || 'no reason was given'}.`,
        {
          hint: 'Nothing you made is lost, and learning goes on from its last checkpoint. Try again; for a model this large the command line has more memory.',
        },
      ),
    );
  }

  /** Calls the worker. @throws PareError the call's own, or `worker/died` */
  async call<R>(fn: (remote: Remote<T>) => Promise<R>): Promise<R> {
    const live = this.ensure();
    return Promise.race([fn(live.remote), live.died]);
  }

  /** Starts the worker before it is called: while the person looks for a file. */
  warm(): void {
    this.ensure();
  }

  /** Ends the worker; calls in flight fail with `cancelled`. The next call starts a new one. */
  terminate(): void {
    const live = this.live;
    if (!live) return;
    this.live = undefined;
    live.worker.terminate();
    live.kill(new PareError('cancelled', 'Cancelled.'));
  }

  get running(): boolean {
    return this.live !== undefined;
  }
}
