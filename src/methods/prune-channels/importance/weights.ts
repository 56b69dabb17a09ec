import { checkCancelled } from '../../../base/progress.ts';
import { Random } from '../../../base/random.ts';
import { dimsOf, readFloats } from '../../../onnx/tensor.ts';
import type { MethodContext } from '../../types.ts';
import type { Analysis, Group, Member } from '../groups.ts';

/** Rows longer than this are compared by random combinations of their elements, which keep distances (Johnson and Lindenstrauss 1984). */
const MAX_ROW = 512;

/** Calls `visit` with each element of a tensor that belongs to a channel of the group. */
export function eachElement(
  dims: readonly number[],
  { origin, channels }: Member,
  { start, channels: count }: Group,
  visit: (element: number, channel: number) => void,
): void {
  const length = dims[origin.axis];
  const inner = dims.slice(origin.axis + 1).reduce((a, b) => a * b, 1);
  const total = dims.reduce((a, b) => a * b, 1);
  for (let at = 0; at < total; at += inner) {
    const channel = channels[(at / inner) % length];
    if (channel < start || channel >= start + count) continue;
    for (let i = at; i < at + inner; i++) visit(i, channel);
  }
}

/** Scores whose mean, of those that are not 0, is 1. */
function normalized(scores: Float64Array): Float64Array {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.reduce((n, s) => n + (s > 0 ? 1 : 0), 0);
  return mean > 0 ? scores.map((s) => s / mean) : scores;
}

/** The constants that say how large a group's channels are: those that make them, else all. */
export function makersOf({ origins }: Group): readonly Member[] {
  const makers = origins.filter((m) => m.origin.produces);
  return makers.length ? makers : origins;
}

type Measure = (x: Float32Array, dims: readonly number[], member: Member, group: Group) => Float64Array;

const norm =
  (power: 1 | 2): Measure =>
  (x, dims, member, group) => {
    const sums = new Float64Array(group.channels);
    eachElement(dims, member, group, (i, channel) => {
      sums[channel - group.start] += power === 1 ? Math.abs(x[i]) : x[i] * x[i];
    });
    return power === 1 ? sums : sums.map(Math.sqrt);
  };

/** Σ over the other channels of the distance of their weights: the least is the one that the others can stand in for. */
const distances: Measure = (x, dims, member, group) => {
  const n = group.channels;
  const size = new Float64Array(n);
  eachElement(dims, member, group, (_, channel) => {
    size[channel - group.start]++;
  });
  const longest = size.reduce((a, b) => Math.max(a, b), 0);
  const width = Math.min(MAX_ROW, longest);
  const rows = new Float64Array(n * width);
  const next = new Float64Array(n);
  // Elements of one place go to one column with one sign: a count sketch, exact while there are columns enough.
  const random = new Random(n);
  const column = Int32Array.from({ length: longest }, (_, i) => (longest > width ? random.int(width) : i));
  const sign = Int8Array.from({ length: longest }, () => (longest > width && random.int(2) ? -1 : 1));
  eachElement(dims, member, group, (i, channel) => {
    const row = channel - group.start;
    const place = next[row]++;
    rows[row * width + column[place]] += sign[place] * x[i];
  });
  const sums = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      let square = 0;
      for (let k = 0; k < width; k++) square += (rows[a * width + k] - rows[b * width + k]) ** 2;
      sums[a] += Math.sqrt(square);
      sums[b] += Math.sqrt(square);
    }
  }
  return sums;
};

const MEASURES = { l1: norm(1), l2: norm(2), 'geometric-median': distances } as const;

/** Scores by the constants of some members, the mean over those of a group. Where there is none, 0. */
async function scoresOf(
  analysis: Analysis,
  membersOf: (group: Group) => readonly Member[],
  measure: Measure,
  ctx: MethodContext,
): Promise<Float64Array> {
  const scores = new Float64Array(analysis.roots.length);
  const { work, tracker, groups } = analysis;
  for (const [g, group] of groups.entries()) {
    checkCancelled(ctx.signal);
    ctx.onProgress?.({ phase: 'importance', done: g, total: groups.length, detail: group.id });
    const members = membersOf(group);
    for (const member of members) {
      const tensor = work.constant(tracker.main, member.origin.tensor)!;
      const own = measure(await readFloats(tensor), dimsOf(tensor), member, group);
      for (let c = 0; c < own.length; c++) scores[group.start + c] += own[c] / members.length;
    }
  }
  return scores;
}

/** Importance by the weights alone. */
export function byWeights(
  analysis: Analysis,
  measure: keyof typeof MEASURES,
  ctx: MethodContext,
): Promise<Float64Array> {
  // Within each tensor 1 on average: layers of any size can be compared, and those of a group weigh the same.
  const even: Measure = (...all) => normalized(MEASURES[measure](...all));
  return scoresOf(analysis, makersOf, even, ctx);
}

const NORMS: ReadonlySet<string> = new Set(['BatchNormalization', 'InstanceNormalization', 'GroupNormalization']);

/**
 * Importance by the scale of the normalization behind a channel; by the weights, scaled to the same mean, where there is none, which
 * is noted.
 */
export async function byScale(analysis: Analysis, ctx: MethodContext): Promise<Float64Array> {
  const scales = new Set<string>();
  for (const op of analysis.tracker.main.ops) if (NORMS.has(op.op)) scales.add(op.inputs[1]);
  const own = (group: Group) => group.origins.filter((m) => scales.has(m.origin.tensor));
  const bare = analysis.groups.filter((g) => own(g).length === 0);
  const raw = await scoresOf(analysis, own, norm(1), ctx);
  const scores = normalized(raw);
  if (bare.length === 0) return scores;
  const fallback = await byWeights(analysis, 'l2', ctx);
  for (const group of bare) {
    ctx.note({ step: ctx.step, key: 'no-batch-norm', values: { tensor: group.id } });
    const end = group.start + group.channels;
    scores.set(fallback.subarray(group.start, end), group.start);
  }
  return scores;
}
