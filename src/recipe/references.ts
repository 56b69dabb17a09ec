import type { ModelReference } from '../methods/types.ts';
import type { Recipe } from './schema.ts';

/** The files that a recipe asks for beside the model it is run on: students of its steps. */
export function referencesOf({ steps }: Recipe): ModelReference[] {
  return steps.flatMap((s) => (s.method === 'distill' && s.model ? [s.model as ModelReference] : []));
}
