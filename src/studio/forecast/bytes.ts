import type { LayerPlan } from '../../methods/types.ts';
import { type Recipe, recipeText } from '../../recipe/schema.ts';

/** Bytes that the nodes and names which unpack one weight take, beside its initializers; measured over the samples, all encodings. */
const NODES_PER_WEIGHT = 250;

/**
 * Bytes of the file that the plans lead to: what is not weights stays, weights take what their encodings need, and the recipe
 * goes into the metadata.
 * @param original bytes of the original, external data included
 */
export function fileBytes(original: number, plans: readonly LayerPlan[], recipe: Recipe): number {
  if (recipe.steps.length === 0) return original;
  let total = original + recipeText(recipe).length + 20;
  for (const { facts, bytes, encoding } of plans) {
    total += bytes - facts.bytes;
    if (encoding !== facts.dtype) total += NODES_PER_WEIGHT + 4 * facts.name.length;
  }
  return total;
}
