import { countOf, isEligible, overrideOf } from '../layers.ts';
import type { LayerFacts } from '../types.ts';
import type { FactorizeOptions, Scheme } from './options.ts';

/** A weight as one matrix, or as one for each group of a convolution. */
export interface Cut {
  readonly kind: 'matrix' | 'channel' | 'spatial';
  readonly groups: number;
  /** Of the matrix of a group. */
  readonly rows: number;
  readonly columns: number;
  /** The largest rank that a group can have. */
  readonly full: number;
}

export type Reason = 'skipped-nan' | 'skipped-larger' | 'not-factorized' | 'factorize-large';

/** What becomes of one weight: with an energy the rank is known once the singular values are. */
export type Decision =
  | { kind: 'skip'; reason?: Reason }
  | { kind: 'rank'; cut: Cut; rank: number }
  | { kind: 'energy'; cut: Cut; energy: number };

/** The shorter side of a matrix may be this long: singular values take a time of its cube, half a minute or so for this. */
export const MAX_SIDE = 2048;

/** Before opset 11 a Gemm must have a bias, which the first of two has not. */
const FREE_GEMM = 11;

/** What `factorize` does with a weight, by its facts alone, so that the forecast and the run cannot differ. */
export function decide(facts: LayerFacts, options: FactorizeOptions): Decision {
  const own = overrideOf(facts, options.layers);
  const count = countOf(facts);
  // Embeddings are looked up and recurrent weights sit in one operator: neither is the product that factors make.
  if (!isEligible(facts) || facts.role !== 'weight' || own?.skip || count === 0) return { kind: 'skip' };
  if (!own && count < options.minElements) return { kind: 'skip' };
  if (facts.sketch && facts.sketch.nan + facts.sketch.inf > 0) return { kind: 'skip', reason: 'skipped-nan' };
  const cut = cutOf(facts, own?.scheme ?? options.scheme);
  if (!cut) return { kind: 'skip', reason: 'not-factorized' };
  const { rank, energy } = own?.rank === undefined && own?.energy === undefined ? options : own;
  if (cut.full > 1 && cut.full > MAX_SIDE) return { kind: 'skip', reason: 'factorize-large' };
  if (energy !== undefined) {
    return saves(facts, cut, 1) ? { kind: 'energy', cut, energy } : { kind: 'skip', reason: 'skipped-larger' };
  }
  const kept = rankOf(rank!, cut.full);
  return saves(facts, cut, kept) ? { kind: 'rank', cut, rank: kept } : { kind: 'skip', reason: 'skipped-larger' };
}

/** What becomes of a layer whatever the rank: those that would be left at the one of the options have a spectrum too. */
export function decideOpen(facts: LayerFacts, options: FactorizeOptions): Decision {
  const own = overrideOf(facts, options.layers);
  const layers = own ? { [facts.id]: { skip: own.skip, scheme: own.scheme } } : {};
  return decide(facts, { ...options, rank: undefined, energy: 1, layers });
}

/** A share of the full rank as a rank. */
export function rankOf(share: number, full: number): number {
  return Math.min(full, Math.max(1, Math.round(share * full)));
}

/** How a weight is cut, if it is input 1 of one MatMul, Gemm or Conv of the main graph. */
export function cutOf(facts: LayerFacts, scheme: Scheme): Cut | undefined {
  const { dims, uses = [], id, name, opset = 17 } = facts;
  const [use] = uses;
  if (id !== name || uses.length !== 1 || use.input !== 1) return undefined;
  const matrix = use.op === 'MatMul' || (use.op === 'Gemm' && opset >= FREE_GEMM);
  if (matrix && dims.length === 2 && facts.channelAxis !== undefined) {
    // Rows are what the layer sums over, wherever they lie in the tensor.
    const columns = dims[facts.channelAxis];
    return sized('matrix', 1, dims[1 - facts.channelAxis], columns);
  }
  if (use.op !== 'Conv' || dims.length < 3 || facts.channelAxis !== 0) return undefined;
  const groups = use.group ?? 1;
  const [outputs, inputs] = [dims[0] / groups, dims[1]];
  if (!Number.isInteger(outputs)) return undefined;
  if (scheme === 'spatial' && dims.length === 4) {
    return sized('spatial', groups, inputs * dims[2], outputs * dims[3]);
  }
  return sized('channel', groups, outputs, inputs * dims.slice(2).reduce((a, b) => a * b, 1));
}

const sized = (kind: Cut['kind'], groups: number, rows: number, columns: number): Cut => ({
  ...{ kind, groups, rows, columns },
  full: Math.min(rows, columns),
});

/** Elements of both factors. */
export const factorElements = ({ groups, rows, columns }: Cut, rank: number) => groups * rank * (rows + columns);

const WIDTH: Readonly<Record<string, number>> = { float64: 8, float32: 4 };

/** Bytes of both factors. */
export function factorBytes(facts: Pick<LayerFacts, 'dtype'>, cut: Cut, rank: number): number {
  return (WIDTH[facts.dtype] ?? 2) * factorElements(cut, rank);
}

/** About what the second node, the second tensor and their names take. */
export function overheadOf({ name, uses }: Pick<LayerFacts, 'name' | 'uses'>, { kind }: Cut): number {
  return 3 * (name.length + 7) + (uses?.[0]?.node.length ?? 0) + (kind === 'matrix' ? 50 : 150);
}

/** Whether two factors of this rank take less than the weight itself. */
export function saves(facts: LayerFacts, cut: Cut, rank: number): boolean {
  return factorBytes(facts, cut, rank) + overheadOf(facts, cut) < facts.bytes;
}
