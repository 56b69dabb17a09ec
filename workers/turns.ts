import { checkCancelled } from '../src/base/progress.ts';
import type { Tasks } from './comlink.ts';

/** How long keeping a session's files waits for runs. */
const GIVE_WAY_MS = 30_000;

/** The order of what must not run side by side: what a step is given is looked up in the run that is current. */
export class Turns {
  /** The run in hand, which the next one waits for. */
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly tasks: Tasks) {}

  /** Runs a task once the one before it has ended. */
  take<T>(task: number, work: (signal: AbortSignal, enough: AbortSignal) => Promise<T>): Promise<T> {
    return this.tasks.run(task, (signal, enough) =>
      this.after(() => {
        checkCancelled(signal);
        return work(signal, enough);
      }),
    );
  }

  /** Does something once no run is under way, and keeps runs waiting meanwhile. */
  readonly after = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = this.running.then(work);
    this.running = turn.catch(() => {});
    return turn;
  };

  /** Lets the run in hand go first: writing shares the disk and this thread with it. Not for long, since a reload should find the files. */
  givingWay(): () => Promise<unknown> {
    const patience = new Promise((resolve) => setTimeout(resolve, GIVE_WAY_MS));
    return () => Promise.race([this.running, patience]);
  }
}
