import type { LayerPlan } from '../../methods/types.ts';
import { type Recipe, recipeText } from '../../recipe/schema.ts';

/**
 * Bytes of the file that the plans lead to: what is not weights stays, weights take what their encodings need, nodes and names
 * included, and the recipe
 * goes into the metadata.
 * @param original bytes of the original, external data included
 */
export function fileBytes(original: number, plans: readonly LayerPlan[], recipe: Recipe): number {
  if (recipe.steps.length === 0) return original;
  let total = original + recipeText(recipe).length + 20;
  for (const { facts, bytes, overhead = 0 } of plans) total += bytes - facts.bytes + overhead;
  return total;
}
