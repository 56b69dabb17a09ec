import type { TensorReport } from '../../methods/types.ts';
import type { Layer } from '../../recipe/layers.ts';
import { countInto, histogramEdges, massOfAll } from '../forecast/edges.ts';

/** All compressible weights of a model in even bins, before and after, over the range they had before. */
export interface WholeHistogram {
  edges: Float64Array;
  before: Float64Array;
  after?: Float64Array;
}

/** Undefined when nothing has been sketched. */
export function wholeHistogram(
  layers: readonly Layer[],
  reports: ReadonlyMap<string, TensorReport[]>,
): WholeHistogram | undefined {
  const chosen = layers.flatMap((l) => (l.compressible && l.sketch ? [{ id: l.id, sketch: l.sketch }] : []));
  if (chosen.length === 0) return undefined;
  const mass = massOfAll(chosen.map((l) => l.sketch));
  const edges = histogramEdges(mass);
  const after = massOfAll(chosen.map((l) => reports.get(l.id)?.at(-1)?.sketch ?? l.sketch));
  return { edges, before: countInto(edges, mass), ...(reports.size > 0 && { after: countInto(edges, after) }) };
}
