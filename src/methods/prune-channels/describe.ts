import { countMacs } from '../../onnx/macs.ts';
import type { Model } from '../../onnx/model.ts';
import { isNamed } from '../../onnx/shapes/dims.ts';
import type { ValueShape } from '../../onnx/shapes/infer.ts';
import { sizeOf, storedBytes } from '../../onnx/tensor.ts';
import { listWeights } from '../../onnx/weights.ts';
import { type Analysis, analyse } from './groups.ts';
import type { ChannelPlan, PlanAxis, Touched } from './plan.ts';

/** Axes as the groups that they are made of, each written once. */
class Axes {
  readonly list: PlanAxis[] = [];
  private readonly known = new Map<Int32Array, number>();

  constructor(private readonly analysis: Analysis) {}

  /** The axis's place in the list; undefined when all of it stays. */
  add(axis: Int32Array): number | undefined {
    const known = this.known.get(axis);
    if (known !== undefined) return known < 0 ? undefined : known;
    const { tracker, channelOf, groupOf } = this.analysis;
    const counts = new Map<number, number>();
    let fixed = 0;
    for (const id of axis) {
      const channel = channelOf.get(tracker.labels.find(id));
      if (channel === undefined) fixed++;
      else counts.set(groupOf[channel], (counts.get(groupOf[channel]) ?? 0) + 1);
    }
    const at = counts.size ? this.list.length : -1;
    if (at >= 0) this.list.push({ fixed, terms: Array.from(counts, ([group, positions]) => ({ group, positions })) });
    this.known.set(axis, at);
    return at < 0 ? undefined : at;
  }

  all(axes: readonly Int32Array[]): number[] {
    return axes.map((a) => this.add(a)).filter((i) => i !== undefined);
  }
}

const partOf = (o: { produces: boolean; contracts: boolean }): Touched['part'] =>
  o.produces ? 'makes' : o.contracts ? 'takes' : 'follows';

/** What can be cut from an analysed model and what that does to it, in a form that needs the model no more. Reads no weights. */
export function planOf(analysis: Analysis): ChannelPlan {
  const { model, work, tracker, groups, left } = analysis;
  const shapes = new Map<string, ValueShape>();
  for (const [name, { dtype, dims }] of work.facts) {
    shapes.set(name, { dtype, dims: dims?.map((d) => (isNamed(d) ? d : null)) ?? null });
  }
  const costs = countMacs(model, shapes);
  const axes = new Axes(analysis);
  const nodes: ChannelPlan['nodes'] = [];
  for (const [output, list] of tracker.costs) {
    const cost = costs.perNode.get(output);
    const own = axes.all(list);
    if (cost?.macs && own.length) nodes.push({ name: cost.node, macs: cost.macs, axes: own });
  }
  const byTensor = new Map<string, Int32Array[]>();
  for (const { tensor, axis } of tracker.labels.origins) {
    const list = byTensor.get(tensor) ?? [];
    byTensor.set(tensor, list);
    list.push(tracker.axis(tensor, axis)!);
  }
  const tensors: ChannelPlan['tensors'] = [];
  for (const [name, list] of byTensor) {
    const own = axes.all(list);
    const tensor = work.constant(tracker.main, name)!;
    if (own.length) tensors.push({ name, axes: own, parameters: sizeOf(tensor), bytes: storedBytes(tensor) });
  }
  const bytes = listWeights(model.proto).reduce((n, w) => n + storedBytes(w.tensor), 0);
  return {
    groups: groups.map(({ id, channels, width, origins }) => ({
      ...{ id, channels, width },
      touches: origins.map(({ origin }) => ({ tensor: origin.tensor, axis: origin.axis, part: partOf(origin) })),
    })),
    left: [...left],
    axes: axes.list,
    ...{ nodes, tensors },
    total: { macs: costs.total, parameters: costs.parameters, bytes },
  };
}

/**
 * The groups of channels of a model, for the page: what each touches, and how multiply-accumulates, parameters and bytes depend on
 * how many it keeps (`forecastChannels`). Reads no weights.
 * @throws PareError as `analyse`
 */
export function channelPlan(model: Model): ChannelPlan {
  return planOf(analyse(model));
}
