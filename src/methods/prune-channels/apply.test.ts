import * as v from 'valibot';
import { expect, test } from 'vitest';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith } from '../../onnx/proto.ts';
import { modelBytes } from '../../onnx/write.ts';
import { testContext } from '../testing.ts';
import { pruneChannels } from './apply.ts';
import { channelPlan } from './describe.ts';
import { pruneChannelsSchema } from './options.ts';
import { takeIndices } from './slices.ts';
import { Net } from './testing/nets.ts';

const parse = (options: Record<string, unknown>) =>
  v.parse(pruneChannelsSchema, { method: 'prune-channels', ...options });

function layers(): Model {
  const net = new Net(1);
  const x = { name: 'x', dims: [2, 4] };
  const hidden = net.add('Gemm', [x.name, net.floats([4, 20]), net.floats([20])], [2, 20]);
  const active = net.add('Relu', [hidden.name], hidden.dims);
  return net.model(x, [net.add('Gemm', [active.name, net.floats([20, 3]), net.floats([3])], [2, 3])]);
}

test('what was cut is reported when it is written, and what stays is noted', async () => {
  const ctx = testContext();
  const model = layers();
  const after = await pruneChannels(model, parse({ target: 'channels', reduction: 0.5 }), ctx);
  expect(ctx.reports.size).toBe(0);
  await modelBytes(after);
  expect(ctx.reports.get('t0')).toMatchObject({ bytesBefore: 320, bytesAfter: 160, encoding: 'float32', zeros: 0 });
  // The smaller half of the rows is gone: more than half of the squares are left.
  expect(ctx.reports.get('t0')!.sqnr).toBeGreaterThan(10 * Math.log10(2));
  expect(ctx.notes).toEqual([
    { step: 0, key: 'channels-left', values: { tensor: 't2', reason: 'output', node: 'v2' } },
  ]);
  // The model it was made of is as it was.
  expect(channelPlan(model).total.parameters).toBe(20 * 8 + 3);
});

test('a target that cannot be met, and groups that are not there, are noted', async () => {
  const ctx = testContext();
  await pruneChannels(layers(), parse({ reduction: 0.9, minKept: 0.5, layers: { nothing: { keep: 1 } } }), ctx);
  const [, unknown, missed] = ctx.notes;
  expect(unknown).toMatchObject({ key: 'unknown-group', values: { tensor: 'nothing' } });
  expect(missed).toMatchObject({ key: 'target-missed', values: { target: 'macs', asked: 90, reached: 50 } });
});

test('nothing to cut gives the very same model', async () => {
  const model = layers();
  expect(await pruneChannels(model, parse({ reduction: 0, ranking: 'uniform' }), testContext())).toBe(model);
  expect(await pruneChannels(model, parse({ layers: { t0: { skip: true } } }), testContext())).toBe(model);
  const graph = copyWith(mainGraph(model), { initializer: [] });
  const bare = { ...model, proto: copyWith(model.proto, { graph }) };
  expect(await pruneChannels(bare, parse({}), testContext())).toBe(bare);
});

test('odd options are refused', () => {
  for (const bad of [
    { reduction: 1 },
    { reduction: Number.NaN },
    { multiple: 3 },
    { importance: 'magic' },
    { layers: { a: { skip: true, keep: 3 } } },
    { layers: { a: { keep: 0 } } },
    { other: 1 },
  ])
    expect(() => parse(bad)).toThrow();
});

test('indices are taken on several axes at once, whatever an element is', () => {
  const raw = Uint8Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => i);
  const taken = (keep: (number[] | undefined)[], width: number, dims: number[]) =>
    Array.from(
      takeIndices(
        raw,
        dims,
        keep.map((k) => k && Int32Array.from(k)),
        width,
      ),
    );
  expect(taken([[1], undefined, [0]], 2, [2, 3, 2])).toEqual([12, 13, 16, 17, 20, 21]);
  expect(taken([undefined, [0, 2]], 4, [2, 3])).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23]);
  expect(taken([], 1, [24])).toEqual(Array.from(raw));
});
