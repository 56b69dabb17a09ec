import { PareError } from './errors.ts';

/** How far a long task is. `done` and `total` share a unit; a `total` of 0 means the end is not known. */
export interface Progress {
  /** What is going on, as a key the page translates: `read`, `sketch`, `step`, `write`, `judge` … */
  phase: string;
  done: number;
  total: number;
  /** The tensor, batch or file in work. */
  detail?: string;
}

/** What every long task is given: where to report, and how it learns that nobody waits any more. */
export interface TaskContext {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** Throws `cancelled` once the task's signal has fired. Called between tensors and between batches. */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PareError('cancelled', 'Cancelled.');
}
