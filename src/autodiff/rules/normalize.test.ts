import { test } from 'vitest';
import { withBatchStatistics } from '../batchNorm.ts';
import { checkRandom, type Draw } from '../testing/draw.ts';

const affine = (d: Draw, dims: readonly number[]) => [d.between(dims, 0.5, 1.5), d.normal(dims)];
// A spread of some elements keeps σ from vanishing, where the gradient is as large as float32 is coarse.
const epsilon = { epsilon: { float: 0.01 } };

test('LayerNormalization from any axis on, with bias or without', () =>
  checkRandom((d) => {
    const dims = d.dims(d.int(2, 3), 2, 5);
    const axis = d.int(1, dims.length - 1);
    const [gain, bias] = affine(d, dims.slice(axis));
    return {
      op: 'LayerNormalization',
      inputs: [d.normal(dims), gain, ...(d.flag() ? [bias] : [])],
      attributes: { axis: d.flag() ? axis : axis - dims.length, ...epsilon },
    };
  }, 20));

test('InstanceNormalization', () =>
  checkRandom((d) => {
    const dims = [d.int(1, 3), d.int(1, 3), ...d.dims(d.int(1, 2), 2, 4)];
    return { op: 'InstanceNormalization', inputs: [d.normal(dims), ...affine(d, [dims[1]])], attributes: epsilon };
  }, 20));

test('GroupNormalization of opset 21, a scale per channel', () =>
  checkRandom((d) => {
    const groups = d.int(1, 3);
    const dims = [d.int(1, 2), groups * d.int(1, 3), ...d.dims(2, 2, 3)];
    return {
      op: 'GroupNormalization',
      opset: 21,
      inputs: [d.normal(dims), ...affine(d, [dims[1]])],
      attributes: { num_groups: groups, ...epsilon },
    };
  }, 20));

const batchNorm = (d: Draw) => {
  const dims = [d.int(2, 4), d.int(1, 3), ...d.dims(d.int(0, 2), 1, 4)];
  const c = [dims[1]];
  const frozen = (x: ReturnType<Draw['normal']>) => ({ ...x, constant: 'float' as const });
  return {
    op: 'BatchNormalization',
    inputs: [d.normal(dims), ...affine(d, c), frozen(d.normal(c)), frozen(d.between(c, 0.3, 2))],
    attributes: epsilon,
  };
};

test('BatchNormalization by the stored statistics', () => checkRandom(batchNorm, 20));

test('BatchNormalization by those of the batch', () =>
  checkRandom(
    (d) => ({
      ...batchNorm(d),
      reference: { training_mode: 1 },
      prepare: ({ tape }) => withBatchStatistics(tape),
    }),
    20,
  ));
