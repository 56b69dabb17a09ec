import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { Layer } from '../../recipe/layers.ts';
import type { Step } from '../../recipe/schema.ts';
import { isReached } from '../bridge/asking.ts';
import type { Studio } from '../state/create.ts';
import { useStudio } from '../state/store.ts';
import { importanceKey, isMeasurable, scoredLayer, scoredLayers } from './measured.ts';
import { importance, type Measuring } from './store.ts';

const NONE: readonly Layer[] = [];

const stepAt = (s: Studio, index: number): Step | undefined => s.recipe.steps[index];

/** '' for a step that needs no measuring. */
const keyAt = (s: Studio, index: number): string => {
  const step = stepAt(s, index);
  return step && isMeasurable(step) ? importanceKey(s.recipe, index) : '';
};

/** How far it is, or what it waits for: data, data that fits, a run of the steps before, or to be asked for. */
export type Status = Measuring | { at: 'no-data' | 'unfit-data' | 'after-run' | 'soon' | 'unasked' };

/** How far the importance of a step has been measured, and what it is kept by. */
export function useImportance(index: number): { key: string; status: Status } {
  const key = useStudio((s) => keyAt(s, index));
  const known = useStore(importance, (s) => s.known.get(key));
  const waits = useStudio((s) => {
    if (!s.data) return 'no-data';
    if (s.data.problem) return 'unfit-data';
    if (!s.settings.live) return 'unasked';
    return isReached(s.recipe, index, s.resultOf) ? 'soon' : 'after-run';
  });
  return { key, status: known ?? { at: waits } };
}

function useScores(index: number) {
  const { status } = useImportance(index);
  return status.at === 'found' ? status.scores : undefined;
}

/** The model's layers as a step of the recipe sees them. */
export function useStepLayers(index: number): readonly Layer[] {
  const layers = useStudio((s) => s.model?.layers) ?? NONE;
  const judges = useStudio((s) => String(stepAt(s, index)?.importance));
  return scoredLayers(layers, judges, useScores(index));
}

/** One layer as a step of the recipe sees it. */
export function useStepLayer(index: number, layer: Layer): Layer {
  const judges = useStudio((s) => String(stepAt(s, index)?.importance));
  const scores = useScores(index);
  return useMemo(() => scoredLayer(layer, judges, scores), [layer, judges, scores]);
}
