import { PareError } from '../../base/errors.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { inferFacts } from '../../onnx/shapes/infer.ts';
import { Work } from '../simplify/work.ts';
import { track } from './follow/index.ts';
import type { Origin } from './labels.ts';
import type { LeftWhole } from './plan.ts';
import type { Tracker } from './tracker.ts';

/** Channels that can go; its own are `start` … `start + channels − 1` among all. */
export interface Group {
  readonly id: string;
  readonly start: number;
  readonly channels: number;
  readonly width: number;
  /** The constants' axes with its channels, in the order in which the graph was followed. */
  readonly origins: Member[];
}

/** An axis of a constant, and which channel each of its indices is; −1 for those that stay. */
export interface Member {
  readonly origin: Origin;
  readonly channels: Int32Array;
}

/** A graph whose channels are known. */
export interface Analysis {
  readonly model: Model;
  readonly work: Work;
  readonly tracker: Tracker;
  readonly groups: readonly Group[];
  /** By channel: the root of its class, and its group. */
  readonly roots: Int32Array;
  readonly groupOf: Int32Array;
  /** By root: its channel. */
  readonly channelOf: ReadonlyMap<number, number>;
  readonly left: readonly LeftWhole[];
}

/** A union-find forest over the origins: those whose channels belong to one group. */
function connect(t: Tracker): (root: number) => number {
  const { labels } = t;
  const parent = labels.origins.map((_, i) => i);
  const find = (i: number): number => {
    let x = i;
    while (parent[x] !== x) {
      parent[x] = parent[parent[x]];
      x = parent[x];
    }
    return x;
  };
  const owner = new Map<number, number>();
  // Layers that make channels decide what belongs together; those that only take them may take of several groups. What is left are
  // channels that nothing makes.
  for (const making of [true, false]) {
    const known = making ? undefined : new Set(owner.keys());
    labels.origins.forEach((origin, i) => {
      if (origin.produces !== making) return;
      for (let id = origin.start; id < origin.start + origin.length; id++) {
        const root = labels.find(id);
        if (!labels.isFree(id) || known?.has(root)) continue;
        const other = owner.get(root);
        if (other === undefined) owner.set(root, i);
        else {
          const [a, b] = [find(other), find(i)];
          parent[Math.max(a, b)] = Math.min(a, b);
        }
      }
    });
  }
  return (root) => find(owner.get(root)!);
}

/** Of each group the classes in it, in the order in which they were met. */
function classes(t: Tracker): Map<number, number[]> {
  const { labels } = t;
  const groupOf = connect(t);
  const groups = new Map<number, number[]>();
  const seen = new Set<number>();
  // In the order of the layers that make them.
  const order = [...labels.origins.filter((o) => o.produces), ...labels.origins.filter((o) => !o.produces)];
  for (const origin of order) {
    for (let id = origin.start; id < origin.start + origin.length; id++) {
      const root = labels.find(id);
      if (seen.has(root) || !labels.isFree(id)) continue;
      seen.add(root);
      const key = groupOf(root);
      const list = groups.get(key);
      if (list) list.push(root);
      else groups.set(key, [root]);
    }
  }
  // The last channel of a group cannot go.
  for (const [key, list] of groups) if (list.length < 2) groups.delete(key);
  return groups;
}

/** Layers none of whose channels can go, and what keeps them. */
function leftWhole(t: Tracker, channelOf: ReadonlyMap<number, number>): LeftWhole[] {
  const left = new Map<string, LeftWhole>();
  for (const { tensor, start, length, produces } of t.labels.origins) {
    if (!produces || left.has(tensor)) continue;
    let reason = t.labels.reasonOf(start);
    for (let id = start; id < start + length; id++) {
      if (channelOf.has(t.labels.find(id))) reason = undefined;
      if (!reason) break;
    }
    if (reason) left.set(tensor, { id: tensor, reason: reason.key, node: reason.node });
  }
  return [...left.values()];
}

/**
 * Every set of channels of the main graph that have to go together, through all that carries them on (Fang et al. 2023, "DepGraph",
 * arXiv 2301.12900, has the problem; here each index of each axis is followed for itself). What cannot be followed stays whole. Reads
 * no weights.
 * @throws PareError `model/corrupt` for a graph that defines a value twice
 */
export function analyse(model: Model): Analysis {
  mainGraph(model);
  const work = new Work(model.proto, opsetOf(model));
  if (work.broken) {
    throw new PareError('model/corrupt', `${model.name} defines a value twice.`, {
      hint: 'No runtime loads such a model. Export it again.',
    });
  }
  work.facts = inferFacts(model, { trustStated: false });
  const tracker = track(work);
  const { labels } = tracker;
  const byKey = classes(tracker);
  const channelOf = new Map<number, number>();
  const groupOf: number[] = [];
  const starts: number[] = [];
  for (const list of byKey.values()) {
    const group = starts.length;
    starts.push(channelOf.size);
    for (const root of list) {
      channelOf.set(root, channelOf.size);
      groupOf.push(group);
    }
  }
  const origins: Member[][] = starts.map(() => []);
  for (const origin of labels.origins) {
    const channels = new Int32Array(origin.length);
    const touched = new Set<number>();
    for (let i = 0; i < origin.length; i++) {
      const channel = channelOf.get(labels.find(origin.start + i)) ?? -1;
      channels[i] = channel;
      if (channel >= 0) touched.add(groupOf[channel]);
    }
    for (const group of touched) origins[group].push({ origin, channels });
  }
  const taken = new Set<string>();
  const groups = [...byKey.values()].map((list, g): Group => {
    const members = origins[g];
    const first = members.find((m) => m.origin.produces) ?? members[0];
    const { tensor, axis } = first.origin;
    let id = tensor;
    for (let n = 1; taken.has(id); n++) id = n === 1 ? `${tensor}:${axis}` : `${tensor}:${axis}#${n}`;
    taken.add(id);
    const own = first.channels.reduce((n, c) => n + (c >= 0 && groupOf[c] === g ? 1 : 0), 0);
    const width = Math.max(1, Math.round(own / list.length));
    return { id, start: starts[g], channels: list.length, width, origins: members };
  });
  return {
    ...{ model, work, tracker, groups, channelOf },
    roots: Int32Array.from(channelOf.keys()),
    groupOf: Int32Array.from(groupOf),
    left: leftWhole(tracker, channelOf),
  };
}
