import { nextTurn } from '../src/base/turn.ts';
import type { Session } from '../src/runtime/types.ts';

/** How long messages may wait while a model runs over and over. */
const HOLD_MS = 50;

let last = performance.now();

/**
 * Lets the worker's messages in, `cancel` above all: a run on WASM ends without ever going back to the event loop, and a loop of runs
 * would hear nothing until it is over.
 */
async function breathe(): Promise<void> {
  if (performance.now() - last < HOLD_MS) return;
  await nextTurn();
  last = performance.now();
}

/** The session, with a breath between its runs. */
export function breathing(session: Session): Session {
  return {
    backend: session.backend,
    inputs: session.inputs,
    outputs: session.outputs,
    async run(feeds, fetches) {
      const values = await session.run(feeds, fetches);
      await breathe();
      return values;
    },
    async runResident(feeds) {
      const values = await session.runResident(feeds);
      await breathe();
      return values;
    },
    release: () => session.release(),
  };
}
