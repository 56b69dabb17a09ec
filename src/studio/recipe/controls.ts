import type { TFunction } from 'i18next';
import { type ComponentType, lazy } from 'react';
import type { ControlsProps, LayerControlsProps, Topic } from '../../methods/controls.ts';
import { methods } from '../../methods/index.ts';
import type { PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { QuantizeWeightsOptions } from '../../methods/quantize-weights/options.ts';
import type { MethodName } from '../../methods/types.ts';
import type { Formats } from '../i18n/useFormat.ts';
import { pruneSummary, quantizeSummary } from './summary.ts';

/** Where a method stands in the menu. */
export type Group = 'prune' | 'quantize' | 'graph' | 'learn';

/** The page's side of a method: its controls, fetched when a card is first opened, and how its card reads when folded. */
export interface MethodPage {
  group: Group;
  topic: Topic;
  // biome-ignore lint/suspicious/noExplicitAny: each method's controls take the options that its own schema gives
  Controls: ComponentType<ControlsProps<any>>;
  /** For methods with options by layer. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  LayerControls?: ComponentType<LayerControlsProps<any, any>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  summary(step: any, t: TFunction, format: Formats): string;
}

/** Every method that has controls. To add one: its `Controls.tsx`, and an entry here. */
const pages: Partial<Record<MethodName, MethodPage>> = {
  'prune-weights': {
    group: 'prune',
    topic: 'pruneWeights',
    Controls: lazy(() => import('../../methods/prune-weights/Controls.tsx')),
    LayerControls: lazy(() =>
      import('../../methods/prune-weights/Controls.tsx').then((m) => ({ default: m.LayerControls })),
    ),
    summary: (step: PruneWeightsOptions, t, format) => pruneSummary(step, t, format),
  },
  'quantize-weights': {
    group: 'quantize',
    topic: 'quantizeWeights',
    Controls: lazy(() => import('../../methods/quantize-weights/Controls.tsx')),
    LayerControls: lazy(() =>
      import('../../methods/quantize-weights/Controls.tsx').then((m) => ({ default: m.LayerControls })),
    ),
    summary: (step: QuantizeWeightsOptions, t) => quantizeSummary(step, t),
  },
};

/** The page's side of a method; undefined for one that has none. */
export function pageOf(method: MethodName): MethodPage | undefined {
  return pages[method];
}

/** The methods that can be added here, in the engine's order. */
export function offered(): MethodName[] {
  return methods.map((m) => m.name).filter((name) => pages[name]);
}
