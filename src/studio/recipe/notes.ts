import type { PareErrorData } from '../../base/errors.ts';
import type { StepNote } from '../../methods/types.ts';

/** Notes of one kind as one: what was noted, and of which tensors. */
export interface NoteGroup {
  key: string;
  tensors: string[];
  /** Values of a note that is not about a tensor. */
  values: Readonly<Record<string, string | number>>;
}

/** The notes of a step, those that say the same of several tensors together. */
export function groupNotes(notes: readonly StepNote[], step: number): NoteGroup[] {
  const groups = new Map<string, NoteGroup>();
  for (const note of notes) {
    if (note.step !== step) continue;
    const { tensor, ...rest } = note.values;
    const kind = JSON.stringify([note.key, rest]);
    const group = groups.get(kind) ?? { key: note.key, tensors: [], values: rest };
    if (tensor !== undefined) group.tensors.push(String(tensor));
    groups.set(kind, group);
  }
  return [...groups.values()];
}

/** Names for a sentence: the first few, and an ellipsis. */
export const namesOf = (tensors: readonly string[], most = 3): string =>
  tensors.slice(0, most).join(', ') + (tensors.length > most ? ', …' : '');

/** The step that an error is about, by its place: `steps[1].bits`. */
export function stepOf(error: PareErrorData): number | undefined {
  const found = /^steps\[(\d+)\]/.exec(error.where ?? '');
  return found ? Number(found[1]) : undefined;
}
