import type { Sketch } from '../../kernels/sketch.ts';
import type { TensorReport } from '../../methods/types.ts';
import type { ModelCosts } from '../../recipe/costs.ts';
import type { Layer } from '../../recipe/layers.ts';
import type { LayerForecast } from '../forecast/types.ts';

/** A line of the layer table: the tensor, and what the last run made of it. */
export interface LayerRow {
  layer: Layer;
  /** The operators that use it, without repeats. */
  op: string;
  /** Of the bytes of all tensors. */
  share: number;
  /** Elements. */
  count: number;
  /** Multiply-accumulates of the node that it is a weight of. */
  macs?: number;
  /** Exact zeros among its elements; unknown until it is sketched. */
  sparsity?: number;
  /** dB over all steps; absent when no step touched it. */
  sqnr?: number;
  after?: number;
  /** What it will be stored as, or is. */
  encoding?: string;
  /** `after` and `sqnr` are foretold, not measured. */
  forecast?: boolean;
}

/** Σx² of the finite values. */
const signalOf = (s: Sketch): number => (s.count - s.nan - s.inf) * (s.mean ** 2 + s.std ** 2);

/**
 * The SQNR of several steps in a row against the tensor as it was: each step's noise, by the signal that it was given, added up. Exact when
 * the errors are uncorrelated, as those of pruning and then quantizing are where zero is a level.
 */
export function chainSqnr(before: Sketch, reports: readonly Pick<TensorReport, 'sqnr' | 'sketch'>[]): number {
  const noise = reports.reduce(
    (sum, r, i) => sum + signalOf(reports[i - 1]?.sketch ?? before) * 10 ** (-r.sqnr / 10),
    0,
  );
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signalOf(before) / noise);
}

/**
 * The lines of the table, in file order.
 * @param forecast of the recipe as it stands, where no run has measured it
 * @param costs of the model as it was opened
 */
export function layerRows(
  layers: readonly Layer[],
  reports: ReadonlyMap<string, TensorReport[]>,
  forecast?: ReadonlyMap<string, LayerForecast>,
  costs?: ModelCosts,
): LayerRow[] {
  const macs = new Map(costs?.nodes);
  const total = layers.reduce((sum, l) => sum + l.bytes, 0) || 1;
  return layers.map((layer) => {
    const done = forecast ? undefined : reports.get(layer.id);
    const foretold = forecast?.get(layer.id);
    const { sketch } = layer;
    return {
      layer,
      op: [...new Set(layer.uses.map((u) => u.op))].join(', '),
      share: layer.bytes / total,
      count: layer.dims.reduce((a, b) => a * b, 1),
      ...(layer.compressible && { macs: macs.get(layer.uses[0]?.node) }),
      ...(sketch && sketch.count > 0 && { sparsity: sketch.zeros / sketch.count }),
      ...(done?.length && {
        ...(sketch && { sqnr: chainSqnr(sketch, done) }),
        after: done[done.length - 1].bytesAfter,
        encoding: done[done.length - 1].encoding,
      }),
      ...(foretold && isTouched(layer, foretold) && { ...toldOf(foretold), forecast: true }),
    };
  });
}

const isTouched = (layer: Layer, { bytes, sqnr, encoding }: LayerForecast): boolean =>
  bytes !== layer.bytes || sqnr !== Number.POSITIVE_INFINITY || encoding !== layer.dtype;

const toldOf = ({ bytes, sqnr, encoding }: LayerForecast): Partial<LayerRow> => ({
  after: bytes,
  encoding,
  ...(!Number.isNaN(sqnr) && { sqnr }),
});

/** The rows whose name or operator holds the text, of one role if one is asked for. */
export function filterRows(rows: readonly LayerRow[], text: string, role: string): readonly LayerRow[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted && role === 'all') return rows;
  return rows.filter(
    ({ layer, op }) =>
      (role === 'all' || layer.role === role) &&
      (!wanted || layer.name.toLowerCase().includes(wanted) || op.toLowerCase().includes(wanted)),
  );
}

/** 0…1 on the error heat scale: 60 dB and better is nothing to see, 10 dB and worse is as dark as it gets. */
export const HEAT_DB = { best: 60, worst: 10 } as const;

/** Where a layer stands on the heat scale. */
export function heatOf(sqnr: number | undefined): number {
  if (sqnr === undefined) return 0;
  return Math.min(1, Math.max(0, (HEAT_DB.best - sqnr) / (HEAT_DB.best - HEAT_DB.worst)));
}
