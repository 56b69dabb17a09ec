import { attr, attrFloat, attrInt, attrInts, attrString } from '../attributes.ts';
import { type AttributeValue, attribute, node as makeNode } from '../build.ts';
import { floatsToHalves } from '../float.ts';
import { copyWith, DataType, type NodeProto, type TensorProto } from '../proto.ts';
import { makeTensor } from '../tensor.ts';
import type { Facts } from './facts.ts';

/** What a rule may use: what is known of the model, and a place for nodes that go before the one it converts. */
export interface Context {
  readonly facts: Facts;
  /** A constant of a name like the node's, as a Constant node: it works in graphs, subgraphs and functions alike. */
  constant(node: NodeProto, what: string, tensor: (name: string) => TensorProto): string;
  /** A node before the converted one; gives its output's name. */
  before(opType: string, input: readonly string[], what: string, attributes?: Record<string, AttributeValue>): string;
}

/** Why a node cannot come along; the text goes into the error. */
export class Obstacle extends Error {}

/**
 * What an operator's change at one opset version asks of a node that was valid before it: nothing (`same`), a conversion, or
 * (by throwing `Obstacle`) that it stays. A conversion gives the node that takes its place.
 */
export type Rule = 'same' | ((node: NodeProto, ctx: Context) => NodeProto);

export const refuse =
  (why: string): Rule =>
  () => {
    throw new Obstacle(why);
  };

const ints = (values: readonly number[]) => (name: string) =>
  makeTensor(name, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt));
const floats = (values: readonly number[]) => (name: string) =>
  makeTensor(name, DataType.FLOAT, [values.length], Float32Array.from(values));

function scalar(value: number, dataType: number): (name: string) => TensorProto {
  const f32 = Float32Array.of(value);
  switch (dataType) {
    case DataType.FLOAT:
      return (name) => makeTensor(name, dataType, [], f32);
    case DataType.DOUBLE:
      return (name) => makeTensor(name, dataType, [], Float64Array.of(value));
    case DataType.FLOAT16:
      return (name) => makeTensor(name, dataType, [], floatsToHalves(f32));
    default:
      throw new Obstacle('its dtype is not known');
  }
}

export function without(node: NodeProto, ...names: string[]): NodeProto['attribute'] {
  return node.attribute.filter((a) => !names.includes(a.name));
}

function setting(node: NodeProto, name: string, value: AttributeValue): NodeProto {
  return copyWith(node, { attribute: [...without(node, name), attribute(name, value)] });
}

/** The inputs with one more at `index`; inputs left out before it are empty names. */
function inputs(node: NodeProto, ...more: [index: number, name: string][]): string[] {
  const out = [...node.input];
  for (const [index, name] of more) {
    while (out.length < index) out.push('');
    out[index] = name;
  }
  return out;
}

/** The node with its first output alone, when nobody takes the others. */
function firstOutput(node: NodeProto, { facts }: Context, why: string): NodeProto {
  const others = node.output.slice(1);
  if (others.some((o) => o && facts.used(o))) throw new Obstacle(why);
  return others.length ? copyWith(node, { output: node.output.slice(0, 1) }) : node;
}

/** An ints attribute becomes input `index`; without the attribute nothing changes. */
const intsToInput =
  (name: string, index: number): Rule =>
  (node, ctx) => {
    const values = attrInts(node, name);
    if (!attr(node, name) || !values) return node;
    const input = inputs(node, [index, ctx.constant(node, name, ints(values))]);
    return copyWith(node, { attribute: without(node, name), input });
  };

export const axesToInput = intsToInput('axes', 1);
export const splitToInput = intsToInput('split', 1);

export const numOutputs: Rule = (node) => (node.input[1] ? node : setting(node, 'num_outputs', node.output.length));

/** Opset 13 made it work along one axis; before, all dims from the axis on were taken as one. */
export const softmax: Rule = (node, ctx) => {
  const axis = attrInt(node, 'axis', 1);
  const rank = ctx.facts.rank(node.input[0]);
  if (axis === -1 || (rank !== undefined && axis === rank - 1)) return setting(node, 'axis', -1);
  const shape = ctx.before('Shape', [node.input[0]], 'shape');
  const flat = ctx.before('Flatten', [node.input[0]], 'flat', { axis });
  const done = ctx.before(node.opType, [flat], 'rows', { axis: -1 });
  return copyWith(makeNode('Reshape', [done, shape], node.output), { name: node.name, docString: node.docString });
};

export const batchNormalization9: Rule = (node) => {
  if (attrInt(node, 'spatial', 1) !== 1) throw new Obstacle('spatial = 0 is gone since opset 9');
  return copyWith(node, { attribute: without(node, 'spatial') });
};

export const batchNormalization14: Rule = (node, ctx) =>
  firstOutput(node, ctx, 'its training outputs changed with opset 14');

export const dropout10: Rule = (node, ctx) => firstOutput(node, ctx, 'its mask became boolean with opset 10');

export const dropout12: Rule = (node, ctx) => {
  const ratio = ctx.constant(node, 'ratio', scalar(attrFloat(node, 'ratio', 0.5), DataType.FLOAT));
  return copyWith(node, { attribute: without(node, 'ratio'), input: inputs(node, [1, ratio]) });
};

export const clip: Rule = (node, ctx) => {
  const more: [number, string][] = [];
  const dtype = ctx.facts.floatDtype(node.input[0]) ?? 0;
  for (const [index, name] of [
    [1, 'min'],
    [2, 'max'],
  ] as const) {
    const value = attr(node, name)?.f;
    if (value !== undefined) more.push([index, ctx.constant(node, name, scalar(value, dtype))]);
  }
  return copyWith(node, { attribute: without(node, 'min', 'max'), input: inputs(node, ...more) });
};

export const pad: Rule = (node, ctx) => {
  const more: [number, string][] = [[1, ctx.constant(node, 'pads', ints(attrInts(node, 'pads') ?? []))]];
  const value = attrFloat(node, 'value', 0);
  if (value !== 0) {
    const dtype = ctx.facts.floatDtype(node.input[0]) ?? 0;
    more.push([2, ctx.constant(node, 'value', scalar(value, dtype))]);
  }
  return copyWith(node, { attribute: without(node, 'pads', 'value'), input: inputs(node, ...more) });
};

export const slice: Rule = (node, ctx) => {
  const more: [number, string][] = [];
  ['starts', 'ends', 'axes'].forEach((name, i) => {
    const values = attr(node, name) && attrInts(node, name);
    if (values) more.push([i + 1, ctx.constant(node, name, ints(values))]);
  });
  return copyWith(node, { attribute: without(node, 'starts', 'ends', 'axes'), input: inputs(node, ...more) });
};

export const topK: Rule = (node, ctx) => {
  const k = ctx.constant(node, 'k', ints([attrInt(node, 'k', 0)]));
  return copyWith(node, { attribute: without(node, 'k'), input: inputs(node, [1, k]) });
};

export const upsample9: Rule = (node, ctx) => {
  const scales = ctx.constant(node, 'scales', floats(attr(node, 'scales')?.floats ?? []));
  return copyWith(node, { attribute: without(node, 'scales'), input: inputs(node, [1, scales]) });
};

/** Upsample became Resize with opset 10, of the same inputs and attributes. */
export const upsample10: Rule = (node) => copyWith(node, { opType: 'Resize' });

/** Resize got coordinate modes with opset 11. What it did before is `asymmetric`, with `floor` for nearest upsampling. */
export const resize11: Rule = (node, ctx) => {
  const [x, scales] = node.input;
  const mode = attrString(node, 'mode', 'nearest');
  if (mode === 'nearest') {
    const known = ctx.facts.floats(scales);
    if (!known || known.some((s) => s < 1)) throw new Obstacle('nearest downsampling was not defined before opset 11');
  }
  const added = setting(setting(node, 'coordinate_transformation_mode', 'asymmetric'), 'nearest_mode', 'floor');
  // Only from opset 13 on may the region of interest, which no one reads here, be left out.
  const roi = ctx.constant(node, 'roi', floats([]));
  return copyWith(added, { input: [x, roi, scales] });
};

export const scatter: Rule = (node) => copyWith(node, { opType: 'ScatterElements' });

export const convTranspose11: Rule = (node) => {
  const pad = attrString(node, 'auto_pad', 'NOTSET');
  if (attr(node, 'output_shape') || (pad !== 'NOTSET' && pad !== 'VALID')) {
    throw new Obstacle('where it puts odd padding changed with opset 11');
  }
  return node;
};

export const averagePool19: Rule = (node) => {
  if (attrInt(node, 'ceil_mode', 0) !== 0)
    throw new Obstacle('what ceil_mode averages at the border changed with opset 19');
  return node;
};

export const roiAlign16: Rule = (node) => setting(node, 'coordinate_transformation_mode', 'output_half_pixel');

export const gridSample20: Rule = (node) => {
  const names: Record<string, string> = { bilinear: 'linear', bicubic: 'cubic' };
  const mode = attrString(node, 'mode', 'bilinear');
  return setting(node, 'mode', names[mode] ?? mode);
};

export const dft20: Rule = (node, ctx) => {
  const axis = attrInt(node, 'axis', 1);
  const name = ctx.constant(node, 'axis', (n) => makeTensor(n, DataType.INT64, [], BigInt64Array.of(BigInt(axis))));
  return copyWith(node, { attribute: without(node, 'axis'), input: inputs(node, [2, name]) });
};

/** Scale and bias had one number for each group and have one for each channel since opset 21. */
export const groupNormalization21: Rule = (node, ctx) => {
  const groups = ctx.constant(node, 'groups', ints([attrInt(node, 'num_groups', 1)]));
  const column = ctx.constant(node, 'column', ints([-1, 1]));
  const flat = ctx.constant(node, 'flat', ints([-1]));
  const channels = ctx.before('Shape', [node.input[0]], 'channels', { start: 1, end: 2 });
  const each = ctx.before('Div', [channels, groups], 'each');
  const shape = ctx.before('Concat', [groups, each], 'shape', { axis: 0 });
  const spread = (name: string, what: string) => {
    const tall = ctx.before('Reshape', [name, column], `${what}_column`);
    const wide = ctx.before('Expand', [tall, shape], `${what}_wide`);
    return ctx.before('Reshape', [wide, flat], what);
  };
  return copyWith(node, { input: [node.input[0], spread(node.input[1], 'scale'), spread(node.input[2], 'bias')] });
};
