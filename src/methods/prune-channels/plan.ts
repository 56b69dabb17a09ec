import type { REASONS } from './labels.ts';

/** A constant that a group's channels lie along. */
export interface Touched {
  tensor: string;
  axis: number;
  /** What the layer does there: makes the channels, sums over them, or goes along (biases, normalization, depthwise). */
  part: 'makes' | 'takes' | 'follows';
}

/** Channels that can go, each with all that goes with it. */
export interface ChannelGroup {
  /** The name of the first weight that makes its channels; with `:axis` or `#2` behind it where that is taken. */
  id: string;
  /** How many can go one by one: heads, groups, or single channels. */
  channels: number;
  /** Channels of the first weight that each of them is. */
  width: number;
  touches: Touched[];
}

/** Channels that stay, and why. */
export interface LeftWhole {
  id: string;
  reason: (typeof REASONS)[number];
  /** The node that asks for it. */
  node: string;
}

/** An axis as a function of what its groups keep: what stays anyway, and how many of its indices belong to each group. */
export interface PlanAxis {
  fixed: number;
  terms: { group: number; positions: number }[];
}

/** Something whose size is a product of axes. */
export interface Sized {
  name: string;
  axes: number[];
}

/**
 * What can be cut from a model, and what that does to it, without the model. Structured-cloneable: the page forecasts with it in
 * every frame.
 */
export interface ChannelPlan {
  groups: ChannelGroup[];
  left: LeftWhole[];
  axes: PlanAxis[];
  /** Multiply-accumulates of the nodes that change, as they are now. */
  nodes: (Sized & { macs: number })[];
  /** The constants that change, as they are now. */
  tensors: (Sized & { parameters: number; bytes: number })[];
  /** Of the whole model, now. */
  total: Totals;
}

export interface Totals {
  macs: number;
  parameters: number;
  /** Of all tensors as they are stored. */
  bytes: number;
}

/** The part of each axis that is left when the groups keep that many. */
function shares(plan: ChannelPlan, kept: ArrayLike<number>): Float64Array {
  return Float64Array.from(plan.axes, ({ fixed, terms }) => {
    let [now, before] = [fixed, fixed];
    for (const { group, positions } of terms) {
      now += (positions * kept[group]) / plan.groups[group].channels;
      before += positions;
    }
    return now / before;
  });
}

/**
 * Multiply-accumulates, parameters and bytes of the model when each group keeps so many of its channels: what cutting gives, to the
 * last one, where all channels of a group are alike, and on average where they are not. Cheap enough for every frame.
 * @param kept by group, in the plan's order
 */
export function forecastChannels(plan: ChannelPlan, kept: ArrayLike<number>): Totals {
  const share = shares(plan, kept);
  const left = (axes: readonly number[]) => axes.reduce((p, a) => p * share[a], 1);
  let { macs, parameters, bytes } = plan.total;
  for (const node of plan.nodes) macs -= node.macs * (1 - left(node.axes));
  for (const tensor of plan.tensors) {
    const gone = 1 - left(tensor.axes);
    parameters -= tensor.parameters * gone;
    bytes -= tensor.bytes * gone;
  }
  return { macs: Math.round(macs), parameters: Math.round(parameters), bytes: Math.round(bytes) };
}
