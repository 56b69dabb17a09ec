import { attrFloat, attrInt } from '../attributes.ts';
import { attribute } from '../build.ts';
import { copyWith, DataType } from '../proto.ts';
import { makeTensor } from '../tensor.ts';
import { type Context, Obstacle, type Rule, without } from './rules.ts';

/** What opset 7 changed: numpy's way of broadcasting, and no more difference between training and inference. */

/** A second input of `dims` dimensions, followed by as many of size 1 as lie behind it. Zeros of a Reshape keep a dimension. */
function padded(
  input: string,
  dims: number,
  behind: number,
  what: string,
  ctx: Context,
  node: Parameters<Context['constant']>[0],
) {
  if (behind === 0) return input;
  const shape = BigInt64Array.from({ length: dims + behind }, (_, i) => (i < dims ? 0n : 1n));
  const constant = ctx.constant(node, `${what}_dims`, (name) =>
    makeTensor(name, DataType.INT64, [shape.length], shape),
  );
  return ctx.before('Reshape', [input, constant], what);
}

/**
 * With `broadcast` the second input was laid over the first one's dimensions from `axis` on, or over its last ones, which numpy's
 * way does by itself.
 */
export const broadcast: Rule = (node, ctx) => {
  const attributes = without(node, 'broadcast', 'axis');
  const axis = attrInt(node, 'axis', Number.NaN);
  if (attrInt(node, 'broadcast', 0) === 0 || Number.isNaN(axis)) return copyWith(node, { attribute: attributes });
  const [whole, part] = node.input.map((name) => ctx.facts.rank(name));
  if (part === 0) return copyWith(node, { attribute: attributes });
  if (whole === undefined || part === undefined) throw new Obstacle('its inputs have unknown ranks and it has an axis');
  const from = axis < 0 ? whole + axis : axis;
  const input = [node.input[0], padded(node.input[1], part, whole - from - part, 'operand', ctx, node)];
  return copyWith(node, { attribute: attributes, input });
};

/** A slope per channel was one dimension long; now it is broadcast as any other operand, from the last dimension. */
export const slope: Rule = (node, ctx) => {
  const [whole, part] = node.input.map((name) => ctx.facts.rank(name));
  const single = ctx.facts.floats(node.input[1])?.length === 1;
  if (single || part === 0 || (part === 1 && whole === 2)) return node;
  if (part !== 1 || whole === undefined) throw new Obstacle('its input or its slope has an unknown rank');
  return copyWith(node, { input: [node.input[0], padded(node.input[1], 1, whole - 2, 'slope', ctx, node)] });
};

/** Whether it trained was said by an attribute; from opset 7 on by the number of outputs. */
export const batchNormalization7: Rule = (node, ctx) => {
  if (node.output.slice(1).some((o) => o && ctx.facts.used(o))) throw new Obstacle('its training outputs are used');
  return copyWith(node, { attribute: without(node, 'is_test'), output: node.output.slice(0, 1) });
};

export const dropout7: Rule = (node) => {
  if (attrInt(node, 'is_test', 0) === 0) throw new Obstacle('it drops at random before opset 7');
  return copyWith(node, { attribute: without(node, 'is_test') });
};

/** Attributes that are gone, because what they asked for is always so. */
export const drop =
  (...names: string[]): Rule =>
  (node) =>
    copyWith(node, { attribute: without(node, ...names) });

export const upsample7: Rule = (node) => {
  const scales = attribute('scales', {
    floats: [1, 1, attrFloat(node, 'height_scale', 1), attrFloat(node, 'width_scale', 1)],
  });
  return copyWith(node, { attribute: [...without(node, 'height_scale', 'width_scale'), scales] });
};
