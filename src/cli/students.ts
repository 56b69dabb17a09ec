import { PareError } from '../base/errors.ts';
import type { Model } from '../onnx/model.ts';
import { referenceTo } from '../recipe/otherModels.ts';
import { referencesOf } from '../recipe/references.ts';
import type { Recipe } from '../recipe/schema.ts';
import { openModel, sourcesOf } from './externals.ts';

/**
 * The students that a recipe asks for, by their SHA-256, before anything runs.
 * @throws PareError `recipe/model-missing` for one that is not among the files, `usage` for files that nothing asks for, and of opening
 */
export async function openStudents(paths: readonly string[], recipe: Recipe): Promise<ReadonlyMap<string, Model>> {
  const asked = referencesOf(recipe);
  const found = new Map<string, Model>();
  const given: string[] = [];
  for (const path of paths) {
    const model = await openModel(path);
    const { source, others } = await sourcesOf(model, path);
    const { sha256 } = await referenceTo(model, source, others);
    found.set(sha256, model);
    given.push(`${path} (${sha256.slice(0, 12)}…)`);
  }
  if (paths.length > 0 && asked.length === 0) {
    throw new PareError('usage', 'No step of the recipe asks for a student, and --student names one.');
  }
  for (const { name, sha256 } of asked) {
    if (found.has(sha256)) continue;
    const but = given.length ? `; given: ${given.join(', ')}` : '';
    throw new PareError(
      'recipe/model-missing',
      `The recipe asks for the student "${name}" (SHA-256 ${sha256})${but}.`,
      {
        hint: 'Name it with --student FILE.',
      },
    );
  }
  return found;
}
