import { affineDraft } from '../../encodings/affine.ts';
import { codebookDraft } from '../../encodings/codebook.ts';
import type { Draft } from '../../encodings/draft.ts';
import { halfDraft } from '../../encodings/half.ts';
import { nativeOpset, storageOf, type Target } from '../../encodings/integers.ts';
import type { Affine, AffineValues, Bits, Codebook, CodebookValues } from '../../encodings/types.ts';
import { DataType } from '../../onnx/proto.ts';
import { countOf, isEligible, overrideOf } from '../layers.ts';
import type { LayerFacts } from '../types.ts';
import type { LayerOptions, QuantizeWeightsOptions } from './options.ts';

type Scheme = QuantizeWeightsOptions['scheme'];
type Range = QuantizeWeightsOptions['range'];

/** What becomes of one weight. A `skip` with a reason is worth a note. */
export type Decision =
  | { kind: 'skip'; reason?: 'skipped-nan' | 'skipped-overflow' | 'skipped-larger' }
  | {
      kind: 'affine';
      layout: Affine;
      scheme: Exclude<Scheme, 'codebook'>;
      range: Range;
      draft: Draft<AffineValues>;
      encoding: string;
    }
  | { kind: 'codebook'; layout: Codebook; draft: Draft<CodebookValues>; encoding: string }
  | { kind: 'half'; draft: Draft<Float32Array<ArrayBuffer>>; encoding: string };

const DATA_TYPES: Readonly<Record<string, number>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  float64: DataType.DOUBLE,
};

/** Half of the step above float16's largest number: from here on rounding gives infinity. */
const HALF_OVERFLOW = 65520;

/** The lowest opset that has what was asked for: bytes and shifts 11, int4 21, int2 25. */
export function opsetFor(opset: number, options: QuantizeWeightsOptions): number {
  let needed = Math.max(opset, 11);
  if (options.encoding !== 'native') return needed;
  for (const { bits = options.bits, skip } of [{} as LayerOptions, ...Object.values(options.layers)]) {
    if (!skip && bits !== 16) needed = Math.max(needed, nativeOpset(bits) ?? 0);
  }
  return needed;
}

/**
 * What `quantize-weights` does with a weight, by its facts alone, so that the forecast and the run cannot differ.
 * @param opset of the model as it will be written (`opsetFor`)
 */
export function decide(facts: LayerFacts, options: QuantizeWeightsOptions, opset: number): Decision {
  const own = overrideOf(facts, options.layers);
  if (!isEligible(facts) || own?.skip) return { kind: 'skip' };
  const count = countOf(facts);
  if (count === 0 || (!own && count < options.minElements)) return { kind: 'skip' };
  const { bits, scheme, granularity, blockSize, range } = { ...options, ...own };
  const { sketch, dims } = facts;
  if (sketch && sketch.nan + sketch.inf > 0) return { kind: 'skip', reason: 'skipped-nan' };
  const target: Target = { opset, style: options.encoding === 'packed' ? 'packed' : 'native', decode: options.decode };
  const dataType = DATA_TYPES[facts.dtype];

  let decision: Exclude<Decision, { kind: 'skip' }>;
  if (bits === 16) {
    if (facts.dtype === 'float16' || facts.dtype === 'bfloat16') return { kind: 'skip' };
    if (sketch && Math.max(sketch.max, -sketch.min) >= HALF_OVERFLOW)
      return { kind: 'skip', reason: 'skipped-overflow' };
    decision = { kind: 'half', draft: halfDraft(dims, { dataType }), encoding: 'float16' };
  } else if (scheme === 'codebook') {
    const axis = granularity === 'channel' && tablesPay(facts, bits) ? facts.channelAxis : undefined;
    const layout: Codebook = { kind: 'codebook', dims, bits, axis };
    const encoding = `codebook of ${2 ** bits}${axis === undefined ? '' : ' per channel'}`;
    decision = { kind: 'codebook', layout, draft: codebookDraft(layout, target, { dataType }), encoding };
  } else {
    const layout = affineLayout(facts, bits, scheme, granularity, blockSize);
    const draft = affineDraft(layout, target, { dims, dataType });
    decision = { kind: 'affine', layout, scheme, range, draft, encoding: nameOf(layout, target) };
  }
  return decision.draft.bytes < facts.bytes ? decision : { kind: 'skip', reason: 'skipped-larger' };
}

/** Whether a channel's indices are more than its table. If not, one table serves them all. */
function tablesPay({ dims, channelAxis }: LayerFacts, bits: Bits): boolean {
  if (channelAxis === undefined) return false;
  return (countOf({ dims }) / dims[channelAxis]) * (bits / 8) > 4 * 2 ** bits;
}

function affineLayout(
  facts: LayerFacts,
  bits: Bits,
  scheme: Exclude<Scheme, 'codebook'>,
  wanted: Affine['granularity'],
  block: number,
): Affine {
  // One bit has no room for a zero between −1 and +1, so that its two levels are written as steps from the lower one.
  const stepped = scheme === 'article' || (scheme === 'symmetric' && bits === 1);
  const kind = {
    kind: 'affine',
    bits,
    signed: scheme === 'symmetric' && !stepped,
    zeroPoint: scheme === 'asymmetric',
    offset: stepped,
  } as const;
  const { dims, channelAxis } = facts;
  if (wanted === 'channel' && channelAxis !== undefined) {
    return { ...kind, dims, granularity: 'channel', axis: channelAxis, block: 0 };
  }
  if (wanted === 'block') return { ...kind, ...blockView(dims, channelAxis, block), granularity: 'block', block };
  return { ...kind, dims, granularity: 'tensor', axis: 0, block: 0 };
}

/**
 * Blocks run along what a layer sums over: down the columns of a MatMul's weight, along the rows of everything else, a
 * convolution's kernel counting as one row.
 */
function blockView(
  dims: readonly number[],
  channelAxis: number | undefined,
  block: number,
): { dims: number[]; axis: number } {
  const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
  const count = product(dims);
  if (dims.length < 2) return { dims: [1, count], axis: 1 };
  if (channelAxis === dims.length - 1) return { dims: [...dims], axis: dims.length - 2 };
  if (channelAxis === undefined) return { dims: [count / dims[dims.length - 1], dims[dims.length - 1]], axis: 1 };
  // What follows the channel axis is too short for blocks in a transposed convolution: then all but the first axis.
  const after = product(dims.slice(channelAxis + 1));
  const row = after >= block ? after : product(dims.slice(1));
  return { dims: [count / row, row], axis: 1 };
}

function nameOf({ bits, signed, granularity, block }: Affine, target: Target): string {
  const storage = storageOf(bits, target);
  const name = storage === 'packed' ? `${bits}-bit planes` : `${signed ? '' : 'u'}${storage}`;
  return name + { tensor: '', channel: ' per channel', block: ` per ${block}` }[granularity];
}
