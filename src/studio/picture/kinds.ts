import { decideOpen } from '../../methods/factorize/decide.ts';
import type { FactorizeOptions } from '../../methods/factorize/options.ts';
import { decide } from '../../methods/prune-weights/decide.ts';
import type { PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { LayerFacts } from '../../methods/types.ts';
import type { Step } from '../../recipe/schema.ts';
import { isMeasurable } from '../importance/measured.ts';

/** What the picture can show of weights: their values, what they matter to a step, or their singular values. */
export const KINDS = ['weights', 'importance', 'spectrum'] as const;
export type Kind = (typeof KINDS)[number];

/** The step that each kind of picture is about: the last one of its sort; without one the kind is not offered. */
export type Kinds = Partial<Record<Kind, number>>;

/** Methods whose work is seen on the values themselves. */
const ON_VALUES = /^(prune-weights|quantize-.*|float16)$/;

/** What there is to show of a layer, or of the whole model. Weights are always there; −1 where no step changes them. */
export function kindsOf(steps: readonly Step[], layer: LayerFacts | undefined): Kinds {
  const compares = (step: Step) =>
    isMeasurable(step) && (!layer || decide(layer, step as unknown as PruneWeightsOptions).kind !== 'skip');
  const cuts = (step: Step) =>
    step.method === 'factorize' &&
    layer !== undefined &&
    decideOpen(layer, step as unknown as FactorizeOptions).kind !== 'skip';
  const importance = steps.findLastIndex(compares);
  const spectrum = steps.findLastIndex(cuts);
  return {
    weights: steps.findLastIndex((step) => ON_VALUES.test(step.method) && !isMeasurable(step)),
    ...(importance >= 0 && { importance }),
    ...(spectrum >= 0 && { spectrum }),
  };
}

/** The kinds that there are. */
export const offered = (kinds: Kinds): Kind[] => KINDS.filter((kind) => kinds[kind] !== undefined);

/** What is shown: what a person picked, where there is that; else what the last step that can be seen is about. */
export function shownOf(kinds: Kinds, picked: Kind | undefined): Kind {
  if (picked && kinds[picked] !== undefined) return picked;
  return KINDS.reduce((best, kind) => ((kinds[kind] ?? -2) > (kinds[best] ?? -2) ? kind : best));
}
