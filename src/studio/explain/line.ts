import { forecastQuantizeWeights } from '../../methods/quantize-weights/forecast.ts';
import type { QuantizeWeightsOptions } from '../../methods/quantize-weights/options.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { planLevels } from '../picture/levels.ts';

/** A tensor's range and the levels that quantizing it as a whole gives. */
export interface Line {
  min: number;
  max: number;
  /** Ascending. */
  levels: number[];
}

/** The levels of one tensor under a step's bits and scheme, one scale for all of it. Undefined for float16, and before it was read. */
export function lineOf(facts: LayerFacts, step: QuantizeWeightsOptions): Line | undefined {
  const { sketch } = facts;
  if (!sketch || step.bits === 16 || !(sketch.max > sketch.min)) return undefined;
  const options: QuantizeWeightsOptions = { ...step, granularity: 'tensor', minElements: 0, layers: {} };
  const [plan] = forecastQuantizeWeights([{ facts, bytes: facts.bytes, encoding: facts.dtype }], options);
  const levels = planLevels(plan);
  return levels && { min: sketch.min, max: sketch.max, levels: levels.map((l) => l.x) };
}

/** The level that a value goes to: the nearest; of two equally near the lower one. */
export function nearestLevel(levels: readonly number[], x: number): number {
  return levels.reduce((best, l) => (Math.abs(l - x) < Math.abs(best - x) ? l : best));
}
