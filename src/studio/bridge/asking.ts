import { PareError, type PareErrorData } from '../../base/errors.ts';
import type { Recipe } from '../../recipe/schema.ts';
import { takesData } from '../state/withModel.ts';
import { engine, newTask } from './workers.ts';

/** How long what a question depends on must rest before it is asked. */
const REST_MS = 200;

/**
 * Asks the engine worker something once its object has come to rest. A worker that was terminated meanwhile, for the sake of a run that
 * would not end, is asked again.
 * @param ask gives the task's number to the worker
 * @returns lets go of the question: it is cancelled, and whatever comes of it is dropped
 */
export function askSoon<T>(
  ask: (task: number) => Promise<T>,
  take: (found: T) => void,
  fail: (fault: PareErrorData) => void,
): () => void {
  const task = newTask();
  let gone = false;
  let timer = setTimeout(run, REST_MS);
  async function run(): Promise<void> {
    try {
      const found = await ask(task);
      if (!gone) take(found);
    } catch (error) {
      if (gone) return;
      const fault = PareError.from(error).toJSON();
      if (fault.code === 'cancelled') timer = setTimeout(run, REST_MS);
      else fail(fault);
    }
  }
  return () => {
    gone = true;
    clearTimeout(timer);
    if (engine.running) void engine.call(async (e) => e.cancel(task)).catch(() => {});
  };
}

/** Whether the steps before one have been run where running them is work: learning that nobody sees must not begin for a picture. */
export function isReached(recipe: Recipe, index: number, done: Recipe | undefined): boolean {
  const before = recipe.steps.slice(0, index);
  if (!before.some(takesData)) return true;
  return done?.seed === recipe.seed && JSON.stringify(done.steps.slice(0, index)) === JSON.stringify(before);
}
