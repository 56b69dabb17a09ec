import type { Sketch } from '../../kernels/sketch.ts';
import { evaluatePlan, isChanged } from '../../methods/plan.ts';
import type { LayerPlan, TensorReport } from '../../methods/types.ts';
import { countInto, hasFarTails, histogramEdges, INNER, type Mass, massOfAll } from '../forecast/edges.ts';
import { type Level, levelsIntoBins, MAX_DRAWN, planLevels, sketchLevels } from './levels.ts';

/** What is drawn of one tensor or of all. */
export interface Picture {
  edges: Float64Array;
  before: Float64Array;
  after?: Float64Array;
  /** Drawn instead of `after` when they are few. */
  levels?: Level[];
  /** All levels, few or many, where there are any: for entropy. */
  allLevels?: Level[];
  /** Elements before that lie beyond the edges. */
  outside: number;
  /** Whether there are far values that the full range would show. */
  farTails: boolean;
}

const sum = (x: ArrayLike<number>) =>
  Array.prototype.reduce.call(x, (a, b) => (a as number) + (b as number), 0) as number;

/** Edges for what is there before and the levels that are taken after. */
function edgesFor(mass: Mass, levels: readonly Level[] | undefined, fullRange: boolean): Float64Array {
  const inner = !fullRange && hasFarTails(mass) ? INNER : 1;
  const taken = inner === 1 ? (levels?.filter((l) => l.count >= 1) ?? []) : [];
  const min = Math.min(mass.min, ...taken.slice(0, 1).map((l) => l.x));
  const max = Math.max(mass.max, ...taken.slice(-1).map((l) => l.x));
  return histogramEdges({ ...mass, min, max }, inner);
}

/**
 * One tensor: as it is, and as the last run left it or as the plan foretells.
 * @param plan what is foretold; its own sketch is not asked
 * @param report the last run's, when it is of the recipe as it stands
 */
export function layerPicture(
  sketch: Sketch,
  plan: LayerPlan | undefined,
  report: TensorReport | undefined,
  fullRange: boolean,
): Picture {
  const mass = massOfAll([sketch]);
  const allLevels = report ? sketchLevels(report.sketch) : plan && planLevels(plan);
  const levels = allLevels && allLevels.length <= MAX_DRAWN ? allLevels : undefined;
  const edges = edgesFor(mass, levels, fullRange);
  const before = countInto(edges, mass);
  const changed = report !== undefined || (plan !== undefined && isChanged(plan));
  const after = !changed
    ? undefined
    : allLevels
      ? levelsIntoBins(allLevels, edges)
      : report
        ? countInto(edges, massOfAll([report.sketch]))
        : evaluatePlan(plan!, edges).after;
  const outside = Math.max(0, Math.round(mass.total - sum(before)));
  return { edges, before, after, levels, allLevels, outside, farTails: hasFarTails(mass) };
}
