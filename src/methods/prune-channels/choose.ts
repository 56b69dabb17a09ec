import type { PruneChannelsOptions } from './options.ts';
import { type ChannelPlan, forecastChannels } from './plan.ts';

type Choice = Pick<PruneChannelsOptions, 'target' | 'reduction' | 'ranking' | 'multiple' | 'minKept' | 'layers'>;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** How many channels a group may keep, by how many it should. */
class Bounds {
  private readonly fixed: (number | undefined)[];

  constructor(
    private readonly plan: ChannelPlan,
    private readonly options: Choice,
  ) {
    this.fixed = plan.groups.map(({ id, channels }) => {
      const own = Object.hasOwn(options.layers, id) ? options.layers[id] : undefined;
      return own?.skip ? channels : own?.keep === undefined ? undefined : Math.min(own.keep, channels);
    });
  }

  isFree(group: number): boolean {
    return this.fixed[group] === undefined;
  }

  /** The nearest number that the group may keep: monotone in `wanted`. */
  keep(group: number, wanted: number): number {
    const fixed = this.fixed[group];
    if (fixed !== undefined) return fixed;
    const { channels, width } = this.plan.groups[group];
    const { multiple, minKept } = this.options;
    const step = multiple / gcd(multiple, width);
    const least = Math.max(1, Math.ceil(minKept * channels - 1e-9));
    const up = Math.ceil(least / step) * step;
    return Math.min(channels, Math.max(up, Math.round(wanted / step) * step));
  }
}

/** What is left, as a share of what there is. */
export function shareLeft(plan: ChannelPlan, kept: ArrayLike<number>, target: Choice['target']): number {
  if (target === 'channels') {
    let [now, before] = [0, 0];
    plan.groups.forEach(({ channels, width }, g) => {
      now += kept[g] * width;
      before += channels * width;
    });
    return before === 0 ? 1 : now / before;
  }
  const before = plan.total[target];
  return before === 0 ? 1 : forecastChannels(plan, kept)[target] / before;
}

/**
 * How many channels each group keeps so that the target is met, and not more goes than has to.
 * @param order all channels' groups, from the least important channel to the most; of no use to the uniform ranking
 */
export function keptCounts(plan: ChannelPlan, order: ArrayLike<number>, options: Choice): Int32Array {
  const bounds = new Bounds(plan, options);
  const goal = 1 - options.reduction + 1e-9;
  const fits = (kept: Int32Array) => shareLeft(plan, kept, options.target) <= goal;
  const uniform = (share: number) =>
    Int32Array.from(plan.groups, ({ channels }, g) => bounds.keep(g, channels * (1 - share)));
  const global = (k: number) => {
    const left = Int32Array.from(plan.groups, (g) => g.channels);
    for (let i = 0; i < k; i++) if (bounds.isFree(order[i])) left[order[i]]--;
    return left.map((n, g) => bounds.keep(g, n));
  };
  // The least step that meets the target; the last when none does.
  const steps = options.ranking === 'global' ? order.length : 4096;
  const at = (k: number) => (options.ranking === 'global' ? global(k) : uniform(k / steps));
  let [low, high] = [0, steps];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(at(middle))) high = middle;
    else low = middle + 1;
  }
  return at(low);
}

/**
 * Scores in units of the loss, by what a channel of each group takes of the target: the least loss for the same gain goes first, as in
 * filling a knapsack greedily.
 */
export function perCost(plan: ChannelPlan, scores: Float64Array, { target }: Pick<Choice, 'target'>): Float64Array {
  const kept = plan.groups.map((g) => g.channels);
  const out = scores.slice();
  let start = 0;
  plan.groups.forEach(({ channels }, g) => {
    kept[g] = channels / 2;
    const cost = (1 - shareLeft(plan, kept, target)) / (channels / 2);
    kept[g] = channels;
    // Channels that cost nothing stay.
    for (let c = 0; c < channels; c++) out[start + c] /= Math.max(cost, 1e-12);
    start += channels;
  });
  return out;
}

/** The channels' groups, and the channels, from the least important to the most; of equals the later ones first. */
export function rankChannels(scores: Float64Array, groupOf: Int32Array): { order: Int32Array; groups: Int32Array } {
  // What cannot be judged is not what goes first.
  const known = scores.map((s) => (Number.isNaN(s) ? Infinity : s));
  const order = Int32Array.from(known, (_, i) => i).sort((a, b) => known[a] - known[b] || b - a);
  return { order, groups: order.map((c) => groupOf[c]) };
}

/** The channels that go when each group keeps its most important ones. */
export function goneChannels(order: Int32Array, groupOf: Int32Array, plan: ChannelPlan, kept: Int32Array): Uint8Array {
  const left = Int32Array.from(plan.groups, ({ channels }, g) => channels - kept[g]);
  const gone = new Uint8Array(order.length);
  for (const channel of order) {
    if (left[groupOf[channel]] <= 0) continue;
    left[groupOf[channel]]--;
    gone[channel] = 1;
  }
  return gone;
}
