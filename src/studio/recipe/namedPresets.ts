import { PRESETS } from '../../methods/ort/presets.ts';
import { parseRecipe, type Recipe } from '../../recipe/schema.ts';

/** A recipe known by the file that it makes, as models for transformers.js have it. */
export interface NamedPreset {
  /** `model_q4.onnx` */
  file: string;
  recipe: Recipe;
  steps: string;
}

let made: readonly NamedPreset[] | undefined;

/** All of them, every default filled in. */
export function namedPresets(): readonly NamedPreset[] {
  made ??= PRESETS.map(({ file, steps }) => {
    const recipe = parseRecipe({ pare: 1, steps });
    return { file, recipe, steps: JSON.stringify(recipe.steps) };
  });
  return made;
}

/** The file name under which people look for what this recipe makes; undefined for a recipe without one. */
export function knownFile({ steps }: Recipe): string | undefined {
  const text = JSON.stringify(steps);
  return namedPresets().find((p) => p.steps === text)?.file;
}
