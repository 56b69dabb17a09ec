import { useMemo } from 'react';
import { layerLink, sparsityAt, stepLink, thresholdAt } from '../../methods/prune-weights/link.ts';
import type { PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';

const NONE: readonly LayerFacts[] = [];

/** The threshold that the chart shades, and what dragging it does to the recipe. */
export interface Cut {
  cut: number;
  onCut: (cut: number) => void;
}

/**
 * The first unstructured pruning step, as a handle on the histogram. On one layer it moves that layer's own threshold
 * when it has one, or when the step takes a share of each layer; else the threshold that all layers share.
 */
export function useCut(layer: LayerFacts | undefined): Cut | undefined {
  const steps = useStudio((s) => s.recipe.steps);
  const layers = useStudio((s) => s.model?.layers) ?? NONE;
  const setStep = useStudio((s) => s.setStep);
  const index = steps.findIndex((s) => s.method === 'prune-weights' && s.pattern === 'unstructured');
  const step = steps[index] as unknown as PruneWeightsOptions | undefined;
  const shared = useMemo(() => (step ? stepLink(layers, step) : undefined), [layers, step]);
  const alone = useMemo(() => (layer ? layerLink(layer) : undefined), [layer]);
  if (!step || !shared) return undefined;

  const own = layer && (step.layers[layer.id] ?? step.layers[layer.name]);
  if (own?.skip) return undefined;
  const change = (options: Partial<PruneWeightsOptions>) =>
    setStep(index, options as Record<string, unknown>, `cut.${gesture()}`);

  if (layer && (own || step.scope === 'layer')) {
    if (!alone) return undefined;
    const sparsity = own?.sparsity ?? step.sparsity ?? sparsityAt(shared, step.threshold ?? 0);
    return {
      cut: own?.threshold ?? thresholdAt(alone, sparsity),
      onCut: (threshold) => change({ layers: { ...step.layers, [layer.id]: { threshold } } }),
    };
  }
  if (step.scope === 'layer') return undefined;
  return {
    cut: step.threshold ?? thresholdAt(shared, step.sparsity ?? 0),
    onCut: (threshold) => change({ threshold, sparsity: undefined }),
  };
}
