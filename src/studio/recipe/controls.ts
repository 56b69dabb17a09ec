import type { TFunction } from 'i18next';
import { type ComponentType, lazy } from 'react';
import type { ControlsProps, LayerControlsProps, Topic } from '../../methods/controls.ts';
import type { DistillOptions } from '../../methods/distill/options.ts';
import type { EqualizeOptions } from '../../methods/equalize/options.ts';
import type { FactorizeOptions } from '../../methods/factorize/options.ts';
import type { Float16Options } from '../../methods/float16/options.ts';
import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';
import type { PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { QuantizeBlocksOptions } from '../../methods/quantize-blocks/options.ts';
import type { QuantizeDynamicOptions } from '../../methods/quantize-dynamic/options.ts';
import type { QuantizeStaticOptions } from '../../methods/quantize-static/options.ts';
import type { QuantizeWeightsOptions } from '../../methods/quantize-weights/options.ts';
import type { SimplifyOptions } from '../../methods/simplify/options.ts';
import { specs } from '../../methods/specs.ts';
import type { MethodName } from '../../methods/types.ts';
import type { Formats } from '../i18n/useFormat.ts';
import { CALIBRATION_SAMPLES } from './presets.ts';
import {
  blocksSummary,
  channelsSummary,
  distillSummary,
  dynamicSummary,
  equalizeSummary,
  factorizeSummary,
  pruneSummary,
  quantizeSummary,
  staticSummary,
} from './summary.ts';

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
  /** Options a step gets when it is added here, where they differ from the engine's defaults. */
  initial?: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  summary(step: any, t: TFunction, format: Formats): string;
}

const LayerSkip = lazy(() => import('../../methods/ort/Controls.tsx').then((m) => ({ default: m.LayerSkip })));

/** Every method that has controls. To add one: its `Controls.tsx`, and an entry here. */
const pages: Partial<Record<MethodName, MethodPage>> = {
  simplify: {
    group: 'graph',
    topic: 'simplify',
    Controls: lazy(() => import('../../methods/simplify/Controls.tsx')),
    summary: (_step: SimplifyOptions, t) => t('recipe.summary.simplify'),
  },
  equalize: {
    group: 'graph',
    topic: 'equalize',
    Controls: lazy(() => import('../../methods/equalize/Controls.tsx')),
    summary: (step: EqualizeOptions, t) => equalizeSummary(step, t),
  },
  'prune-weights': {
    group: 'prune',
    topic: 'pruneWeights',
    Controls: lazy(() => import('../../methods/prune-weights/Controls.tsx')),
    LayerControls: lazy(() =>
      import('../../methods/prune-weights/Controls.tsx').then((m) => ({ default: m.LayerControls })),
    ),
    summary: (step: PruneWeightsOptions, t, format) => pruneSummary(step, t, format),
  },
  factorize: {
    group: 'prune',
    topic: 'factorize',
    Controls: lazy(() => import('../../methods/factorize/Controls.tsx')),
    LayerControls: lazy(() =>
      import('../../methods/factorize/Controls.tsx').then((m) => ({ default: m.LayerControls })),
    ),
    summary: (step: FactorizeOptions, t, format) => factorizeSummary(step, t, format),
  },
  distill: {
    group: 'learn',
    topic: 'distill',
    Controls: lazy(() => import('../../methods/distill/Controls.tsx')),
    LayerControls: LayerSkip,
    summary: (step: DistillOptions, t, format) => distillSummary(step, t, format),
  },
  'prune-channels': {
    group: 'prune',
    topic: 'pruneChannels',
    Controls: lazy(() => import('../../methods/prune-channels/Controls.tsx')),
    summary: (step: PruneChannelsOptions, t, format) => channelsSummary(step, t, format),
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
  'quantize-blocks': {
    group: 'quantize',
    topic: 'quantizeBlocks',
    Controls: lazy(() => import('../../methods/quantize-blocks/Controls.tsx')),
    LayerControls: LayerSkip,
    summary: (step: QuantizeBlocksOptions, t) => blocksSummary(step, t),
  },
  'quantize-dynamic': {
    group: 'quantize',
    topic: 'quantizeDynamic',
    Controls: lazy(() => import('../../methods/quantize-dynamic/Controls.tsx')),
    LayerControls: LayerSkip,
    summary: (step: QuantizeDynamicOptions, t) => dynamicSummary(step, t),
  },
  'quantize-static': {
    group: 'quantize',
    topic: 'quantizeStatic',
    Controls: lazy(() => import('../../methods/quantize-static/Controls.tsx')),
    LayerControls: LayerSkip,
    initial: { calibSamples: CALIBRATION_SAMPLES },
    summary: (step: QuantizeStaticOptions, t) => staticSummary(step, t),
  },
  float16: {
    group: 'quantize',
    topic: 'float16',
    Controls: lazy(() => import('../../methods/float16/Controls.tsx')),
    LayerControls: LayerSkip,
    // A model that asks for other inputs could not be judged beside its original.
    initial: { keepIoTypes: true },
    summary: (step: Float16Options) => step.dtype,
  },
};

/** The page's side of a method; undefined for one that has none. */
export function pageOf(method: MethodName): MethodPage | undefined {
  return pages[method];
}

/** The methods that can be added here, in the engine's order. */
export function offered(): MethodName[] {
  return specs.map((m) => m.name).filter((name) => pages[name]);
}
