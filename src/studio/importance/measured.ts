import type { Sketch } from '../../kernels/sketch.ts';
import type { LayerFacts } from '../../methods/types.ts';
import type { Recipe, Step } from '../../recipe/schema.ts';

/** What the elements of each weight matter to a step, by the weights' ids. */
export type Scores = ReadonlyMap<string, Sketch>;

/** Whether a step compares weights by what must be measured first. N:M patterns compare neighbours alone and need no histogram. */
export function isMeasurable({ method, importance, pattern }: Step): boolean {
  return method === 'prune-weights' && importance !== 'magnitude' && pattern === 'unstructured';
}

/**
 * What decides the importance that a step measures, beside model and data: the steps before it, how it judges, and on how many samples.
 * How many weights go, and of which layers, is the page's own arithmetic.
 */
export function importanceKey({ seed, steps }: Recipe, index: number): string {
  const { importance, samples } = steps[index];
  return JSON.stringify([seed, steps.slice(0, index), importance, samples]);
}

/** A layer as a step sees it that compares by these scores, or by none. @param importance what they are of */
export function scoredLayer<T extends LayerFacts>(layer: T, importance: string, scores: Scores | undefined): T {
  if (!scores) return layer.scores ? { ...layer, scores: undefined } : layer;
  const own = scores.get(layer.id);
  return { ...layer, scores: own ? { [importance]: own } : {} };
}

const scored = new WeakMap<Scores, { of: readonly LayerFacts[]; layers: readonly LayerFacts[] }>();

/** All layers as such a step sees them: the same array as long as layers and scores are the same. */
export function scoredLayers<T extends LayerFacts>(
  layers: readonly T[],
  importance: string,
  scores: Scores | undefined,
): readonly T[] {
  if (!scores) return layers;
  let known = scored.get(scores);
  if (known?.of !== layers) {
    known = { of: layers, layers: layers.map((l) => scoredLayer(l, importance, scores)) };
    scored.set(scores, known);
  }
  return known.layers as readonly T[];
}
