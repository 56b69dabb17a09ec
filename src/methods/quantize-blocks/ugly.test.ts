import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor, readRaw } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { testContext } from '../testing.ts';
import { quantizeBlocks } from './apply.ts';
import { type BlockLayout, blobOf, blocksOf, packZeros, restore } from './layout.ts';
import { type BlockParameters, quantizeNBits, rangeParameters } from './nbits.ts';
import { quantizeBlocksSchema } from './options.ts';
import { quantizeQdq, restoreQdq } from './qdq.ts';

const f = Math.fround;
const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: f(-1e30), max: f(1e30) });

/** Any weight, of any small shape, in any layout. */
const cases = fc
  .record({
    K: fc.integer({ min: 1, max: 70 }),
    N: fc.integer({ min: 1, max: 140 }),
    bits: fc.constantFrom(2, 4, 8) as fc.Arbitrary<2 | 4 | 8>,
    block: fc.constantFrom(16, 32),
    symmetric: fc.boolean(),
    values: fc.array(finite, { minLength: 1, maxLength: 60 }),
  })
  .map((c) => ({ ...c, x: Float32Array.from({ length: c.K * c.N }, (_, i) => c.values[(i * 7) % c.values.length]) }));

/** One element at a time, straight from the formula. */
function bruteForce(x: Float32Array, { K, N, bits, block }: BlockLayout, symmetric: boolean) {
  const max = 2 ** bits - 1;
  const q: number[][] = [];
  const scales: number[] = [];
  const p: BlockParameters = { scale: 0, zero: 0 };
  for (let n = 0; n < N; n++) {
    const column = Array.from({ length: K }, (_, k) => x[k * N + n]);
    for (let at = 0; at < K; at += block) {
      const own = column.slice(at, at + block);
      rangeParameters(Math.min(...own), Math.max(...own), symmetric, max, p);
      scales.push(p.scale);
      const r = p.scale !== 0 ? f(1 / p.scale) : 0;
      q.push(own.map((w) => Math.min(max, Math.max(0, Math.floor(f(f(w * r) + p.zero) + 0.5))) || 0));
    }
  }
  return { q, scales };
}

describe('blocks of any weight', () => {
  it('are those of the formula, whatever the shape', () => {
    fc.assert(
      fc.property(cases, ({ K, N, bits, block, symmetric, x }) => {
        const layout = { K, N, bits, block };
        const [fast, slow] = [quantizeNBits(x, layout, symmetric, false), bruteForce(x, layout, symmetric)];
        expect(Array.from(fast.scales)).toEqual(slow.scales);
        const [blob, blocks] = [blobOf(layout), blocksOf(layout)];
        slow.q.forEach((own, g) => {
          own.forEach((wanted, i) => {
            const byte = fast.packed[g * blob + Math.floor((i * bits) / 8)];
            expect((byte >> ((i * bits) % 8)) & (2 ** bits - 1)).toBe(wanted);
          });
        });
        expect(packZeros(fast.zeros, layout).length).toBe(N * Math.ceil((blocks * bits) / 8));
        const y = restore(fast, layout);
        for (let i = 0; i < y.length; i++) {
          const [k, n] = [Math.floor(i / N), i % N];
          const g = n * blocks + Math.floor(k / block);
          expect(y[i]).toBe(f((slow.q[g][k % block] - fast.zeros[g]) * slow.scales[g]));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of QDQ are within half a step of the weight, where the range allows', () => {
    fc.assert(
      fc.property(cases, ({ K, N, block, x }) => {
        const made = quantizeQdq(x, K, N, block, false, false);
        const y = restoreQdq(made, N, block);
        for (let i = 0; i < x.length; i++) {
          const s = made.scales[Math.floor(Math.floor(i / N) / block) * N + (i % N)];
          if (s < 2 ** -120) continue;
          // Half a step, and half a step more because the zero point is rounded on its own.
          expect(Math.abs(x[i] - y[i])).toBeLessThanOrEqual(s * 1.0001);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function oneMatMul(dims: number[], x: Float32Array<ArrayBuffer>): Model {
  const nodes = [
    node('MatMul', ['x', 'w'], ['y'], {}, { name: 'm' }),
    node('MatMul', ['x', 'w'], ['z'], {}, { name: 'n' }),
  ];
  const outputs = [valueInfo('y', DataType.FLOAT, null), valueInfo('z', DataType.FLOAT, null)];
  const proto = modelProto(
    graph('g', nodes, [valueInfo('x', DataType.FLOAT, [1, dims.at(-2) ?? 1])], outputs, [
      makeTensor('w', DataType.FLOAT, dims, x),
    ]),
  );
  return { name: 'm', proto, bytes: 0, external: [] };
}

const options = (more: object = {}) =>
  v.parse(quantizeBlocksSchema, { method: 'quantize-blocks', blockSize: 16, ...more });

describe('quantize-blocks on ugly models', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses a weight with %s, by name',
    async (bad) => {
      const x = new Float32Array(32 * 4).fill(1);
      x[37] = bad;
      const written = modelBytes(await quantizeBlocks(oneMatMul([32, 4], x), options(), testContext()));
      await expect(written).rejects.toMatchObject({ code: 'recipe/not-applicable', where: 'w' });
    },
  );

  it.each([[[0, 4]], [[4]], [[2, 4, 4]]])('leaves a weight of dims %j alone', async (dims) => {
    const model = oneMatMul(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
    const made = await quantizeBlocks(model, options(), testContext());
    expect(made.proto.graph!.node.map((n) => n.opType)).toEqual(['MatMul', 'MatMul']);
  });

  it('stores a weight that two nodes read once', async () => {
    const made = await quantizeBlocks(oneMatMul([32, 4], new Float32Array(128).fill(0.5)), options(), testContext());
    const g = made.proto.graph!;
    expect(g.node.map((n) => n.input[1])).toEqual(['w_Q4', 'w_Q4']);
    expect(g.initializer.map((t) => t.name)).toEqual(['w_Q4', 'w_scales', 'w_zero_points']);
  });

  it('gives one weight cut in two ways two sets of names', async () => {
    const more = { algorithm: 'RTN', isSymmetric: true, customizedWeightConfig: { n: { bits: 8 } } };
    const made = await quantizeBlocks(
      oneMatMul([32, 4], new Float32Array(128).fill(0.5)),
      options(more),
      testContext(),
    );
    const names = made.proto.graph!.initializer.map((t) => t.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(4);
  });

  it('leaves the weights that the recipe skips', async () => {
    const ctx = testContext();
    const more = { layers: { w: { skip: true }, nobody: { skip: true } } };
    const made = await quantizeBlocks(oneMatMul([32, 4], new Float32Array(128)), options(more), ctx);
    expect(made.proto.graph!.node.map((n) => n.opType)).toEqual(['MatMul', 'MatMul']);
    expect(ctx.notes).toContainEqual(expect.objectContaining({ key: 'unknown-layer', values: { tensor: 'nobody' } }));
  });

  it('gives zeros for a weight of zeros', async () => {
    const made = await quantizeBlocks(oneMatMul([16, 2], new Float32Array(32)), options(), testContext());
    const [q, s] = made.proto.graph!.initializer;
    expect([...(await readRaw(q))].every((b) => b === 0)).toBe(true);
    expect([...(await readRaw(s))].every((b) => b === 0)).toBe(true);
  });
});
