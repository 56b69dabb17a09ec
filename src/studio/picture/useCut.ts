import { overrideOf } from '../../methods/layers.ts';
import type { PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { LayerPlan } from '../../methods/types.ts';
import type { Step } from '../../recipe/schema.ts';
import { useForecastState } from '../forecast/useForecast.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';

/** The threshold on the chart, and what dragging it does. */
export interface Cut {
  value: number;
  onChange: (threshold: number) => void;
}

/** The last step whose threshold can be dragged; −1 when there is none. N:M patterns have none, and other importance than magnitude is not on this axis. */
export function cutStep(steps: readonly Step[]): number {
  return steps.findLastIndex(
    (s) => s.method === 'prune-weights' && s.pattern === 'unstructured' && s.importance === 'magnitude',
  );
}

const NONE: readonly Step[] = [];

/** The threshold that the layers without options of their own share, where they share one. */
export function sharedThreshold(step: PruneWeightsOptions, plans: Iterable<LayerPlan>): number | undefined {
  if (step.threshold !== undefined) return step.threshold;
  if (step.scope === 'layer') return undefined;
  for (const plan of plans) {
    if (plan.threshold !== undefined && !overrideOf(plan.facts, step.layers)) return plan.threshold;
  }
  return undefined;
}

/**
 * The handle of the picked layer, or of the whole model. Where layers are compared with each other it moves the one threshold of
 * all; where each layer has its own, or this one has options of its own, it moves this layer's.
 */
export function useCut(layer: { id: string; name: string } | undefined, reach: number): Cut | undefined {
  // Of the recipe that the picture shows: so it is drawn once a frame, not first with a new threshold and then with new bars.
  const steps = useForecastState((s) => s.recipe?.steps) ?? NONE;
  const index = cutStep(steps);
  const step = steps[index] as unknown as PruneWeightsOptions | undefined;
  const plans = useForecastState((s) => s.plans);
  const change = useCutChange(index, step, layer);
  if (!step) return undefined;
  const own = layer && overrideOf(layer, step.layers);
  const plan = layer && plans.get(layer.id);
  if (own?.skip || (layer && plan?.threshold === undefined)) return undefined;
  const value = layer ? plan?.threshold : sharedThreshold(step, plans.values());
  if (value === undefined) return undefined;
  return { value: Math.min(value, reach), onChange: change };
}

/** Moves the cut of a layer, or of all, as one undoable change. */
export function useCutChange(
  index: number,
  step: PruneWeightsOptions | undefined,
  layer: { id: string; name: string } | undefined,
): (threshold: number) => void {
  const setStep = useStudio((s) => s.setStep);
  return (threshold) => step && setStep(index, movedCut(step, layer, threshold), `cut.${index}.${gesture()}`);
}

/** What dragging a cut to a threshold changes: the one of all, or the layer's own. */
function movedCut(
  step: PruneWeightsOptions,
  layer: { id: string; name: string } | undefined,
  threshold: number,
): Partial<Step> {
  const own = layer && overrideOf(layer, step.layers);
  const apart = own !== undefined || (step.scope !== 'global' && step.threshold === undefined);
  if (!layer || !apart) return { threshold, sparsity: undefined };
  const key = layer.id in step.layers || !(layer.name in step.layers) ? layer.id : layer.name;
  return { layers: { ...step.layers, [key]: { threshold } } };
}
