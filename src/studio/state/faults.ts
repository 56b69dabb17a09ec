import { PareError } from '../../base/errors.ts';
import type { SetState } from './create.ts';
import type { Fault } from './types.ts';

/** Shows a failure beside what it is about, in place of an older one there. Cancelling is not a failure. */
export function showFault(set: SetState, about: Fault['about'], error: unknown): void {
  const pare = PareError.from(error);
  if (pare.code === 'cancelled') return;
  set((s) => ({ faults: [...s.faults.filter((f) => f.about !== about), { about, error: pare.toJSON() }] }));
}

/**
 * Shows what is wrong with a recipe that came from outside. The steps it names are not those on the page, so that it is not shown at one of
 * them.
 */
export function showImportFault(set: SetState, error: unknown): void {
  const { code, message, hint } = PareError.from(error);
  showFault(set, 'recipe', new PareError(code, message, { hint }));
}

/** Takes away what was said about something that is being tried again. */
export function clearFaults(set: SetState, ...about: Fault['about'][]): void {
  set((s) =>
    s.faults.some((f) => about.includes(f.about)) ? { faults: s.faults.filter((f) => !about.includes(f.about)) } : s,
  );
}
