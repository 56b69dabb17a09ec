import type { Op } from '../../simplify/scope.ts';
import type { Work } from '../../simplify/work.ts';
import type { Axis, Reason } from '../labels.ts';
import { type Choices, Tracker } from '../tracker.ts';
import { conv, convTranspose, depthToSpace, pool, spaceToDepth } from './conv.ts';
import { BROADCAST, broadcast, type Follow, UNARY, unary } from './elementwise.ts';
import { concat, squeeze, tile, transpose, unsqueeze } from './layout.ts';
import { einsum, gemm, matMul } from './matrix.ts';
import {
  alongAxis,
  argReduce,
  batchNorm,
  cumSum,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponse,
  meanVariance,
  reduce,
  softmax,
} from './normalize.ts';
import { flatten, reshape } from './reshape.ts';
import { expand, gather, pad, resize, slice, split } from './select.ts';
import { followShape, measureShape } from './shapes.ts';

const follows = new Map<string, Follow>([
  ...UNARY.map((op): [string, Follow] => [op, unary]),
  ...BROADCAST.map((op): [string, Follow] => [op, broadcast]),
  ...'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare'
    .split(' ')
    .map((op): [string, Follow] => [op, reduce]),
  ...'MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool'
    .split(' ')
    .map((op): [string, Follow] => [op, pool]),
  ...'LayerNormalization RMSNormalization SimplifiedLayerNormalization'
    .split(' ')
    .map((op): [string, Follow] => [op, layerNorm]),
  ...'Softmax LogSoftmax Hardmax'.split(' ').map((op): [string, Follow] => [op, softmax]),
  ['Conv', conv],
  ['FusedConv', conv],
  ['ConvTranspose', convTranspose],
  ['DepthToSpace', depthToSpace],
  ['SpaceToDepth', spaceToDepth],
  ['BatchNormalization', batchNorm],
  ['InstanceNormalization', instanceNorm],
  ['GroupNormalization', groupNorm],
  ['LpNormalization', alongAxis(-1)],
  ['TopK', alongAxis(-1, 2)],
  ['LRN', localResponse],
  ['MeanVarianceNormalization', meanVariance],
  ['CumSum', cumSum],
  ['ArgMax', argReduce],
  ['ArgMin', argReduce],
  ['MatMul', matMul],
  ['Gemm', gemm],
  ['FusedGemm', gemm],
  ['Einsum', einsum],
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Concat', concat],
  ['Tile', tile],
  ['Reshape', reshape],
  ['Flatten', flatten],
  ['Split', split],
  ['Slice', slice],
  ['Gather', gather],
  ['Pad', pad],
  ['Resize', resize],
  ['Upsample', resize],
  ['Expand', expand],
]);

/** Operators of ONNX Runtime's domain that are followed as if they were ONNX's. */
const CONTRIBUTED: ReadonlySet<string> = new Set([
  'Gelu',
  'FastGelu',
  'QuickGelu',
  'BiasGelu',
  'FusedConv',
  'FusedGemm',
]);

function followOf(op: Op): Follow | undefined {
  const known = op.domain === '' || (op.domain === 'com.microsoft' && CONTRIBUTED.has(op.type));
  return known && op.inner.length === 0 ? follows.get(op.type) : undefined;
}

function followNode(op: Op, t: Tracker): void {
  if (op.op === 'Constant' || measureShape(op, t)) return;
  t.markConstant(op);
  if (followShape(op, t)) return;
  const follow = followOf(op);
  let done = false;
  try {
    done = follow?.(op, t) ?? false;
  } catch {
    // Models are hostile: attributes of the wrong kind are no reason to know nothing of the rest.
  }
  if (done) return;
  const reason = t.reason('unknown-op', op);
  for (const name of op.inputs) if (name) t.fixAll(name, reason);
  for (const name of op.outputs) {
    const rank = t.rank(name) ?? 0;
    if (name) t.axesOf.set(name, Array<Axis>(rank).fill(null));
  }
}

/** What nodes of subgraphs take, and what the graph gives out, keeps its shape. */
function fixTaken(t: Tracker): void {
  const { main } = t;
  for (const [name, users] of main.uses) {
    for (const user of users.keys()) {
      if (user.scope !== main) t.fixAll(name, t.reason('subgraph', user));
    }
  }
  for (const name of main.pinned) {
    const maker = main.producer.get(name);
    const reason: Reason = maker ? t.reason('output', maker) : { key: 'output', node: name };
    t.fixAll(name, reason);
  }
}

function walk(work: Work, choices: Choices): Tracker {
  const t = new Tracker(work, choices);
  for (const op of t.main.ops) followNode(op, t);
  fixTaken(t);
  return t;
}

/** A split axis is tried at most on this many of the axes that it becomes. */
const MAX_OPTIONS = 4;

/**
 * Follows the channels of a whole graph. Where a Reshape splits an axis (heads, groups), one of the axes it becomes is followed:
 * the first along which channels can go.
 */
export function track(work: Work): Tracker {
  const choices = new Map<number, number>();
  const best = new Map<number, { choice: number; free: number }>();
  for (let round = 0; ; round++) {
    const t = walk(work, choices);
    let again = false;
    for (const { op, options, labels } of t.splits) {
      const free = labels.reduce((n, id) => n + (t.labels.isFree(id) ? 1 : 0), 0) / labels.length;
      const at = choices.get(op.index) ?? 0;
      const known = best.get(op.index);
      if (!known || free > known.free) best.set(op.index, { choice: at, free });
      const stuck = free < 1 && at === round;
      const next = stuck && round + 1 < options ? round + 1 : best.get(op.index)!.choice;
      if (next === at) continue;
      choices.set(op.index, next);
      again = true;
    }
    if (!again || round > MAX_OPTIONS) return t;
  }
}
