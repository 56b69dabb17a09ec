import type { EngineWorker, RunWorker } from '../../../workers/contract.ts';
import { WorkerHandle } from './handle.ts';

/** Opens and compresses. */
export const engine = new WorkerHandle<EngineWorker>(
  () => new Worker(new URL('../../../workers/engine.worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  'compressor',
);

/** Runs whole models. */
export const runner = new WorkerHandle<RunWorker>(
  () => new Worker(new URL('../../../workers/run.worker.ts', import.meta.url), { type: 'module', name: 'run' }),
  'model runner',
);

let tasks = 0;
/** A number no other task of this page has. */
export function newTask(): number {
  return ++tasks;
}
