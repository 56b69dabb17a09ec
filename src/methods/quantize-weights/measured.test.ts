import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { affineFloats } from '../../encodings/affine.ts';
import type { Affine } from '../../encodings/types.ts';
import { groupCount } from '../../kernels/grouping.ts';
import { errorSums } from '../../kernels/loops/errors.ts';
import { loopKernels } from '../../kernels/loops/kernels.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { DataType } from '../../onnx/proto.ts';
import { measureAffine } from './measured.ts';

/** More than a piece, so that it is cut; along the first dimension, which is what differs. */
const shapes: readonly (readonly number[])[] = [
  [1_300_000],
  [1031, 1100],
  [9, 130_000],
  [33, 7, 41, 150],
  [3, 400_001],
];

/** With a digest for each array: comparing hundreds of thousands of ranges one by one takes seconds. */
const hashed = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([key, v]) => {
      if (ArrayBuffer.isView(v))
        return [
          key,
          createHash('sha256')
            .update(new Uint8Array(v.buffer, v.byteOffset, v.byteLength))
            .digest('hex'),
        ];
      return [key, typeof v === 'object' ? hashed(v) : v];
    }),
  );

test('a weight that is measured in pieces measures as it does in one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...shapes),
      fc.constantFrom('tensor' as const, 'channel' as const, 'block' as const),
      fc.nat(3),
      fc.constantFrom(16, 48, 100),
      fc.boolean(),
      fc.boolean(),
      async (dims, granularity, anyAxis, block, zeroPoint, offset) => {
        const axis = granularity === 'tensor' ? 0 : anyAxis % dims.length;
        const layout: Affine = {
          ...{ kind: 'affine', bits: 8, signed: false, zeroPoint, offset },
          ...{ dims, granularity, axis, block: granularity === 'block' ? block : 0 },
        };
        const count = dims.reduce((a, b) => a * b, 1);
        const groups = groupCount(layout);
        const values = {
          q: Uint8Array.from({ length: count }, (_, i) => (i * 2654435761) >>> 24),
          scale: Float32Array.from({ length: groups }, (_, g) => 0.01 + (g % 13) / 100),
          ...(zeroPoint && { zeroPoint: Uint8Array.from({ length: groups }, (_, g) => (g * 31) % 256) }),
          ...(offset && { offset: Float32Array.from({ length: groups }, (_, g) => Math.sin(g)) }),
        };
        const x = Float32Array.from({ length: count }, (_, i) => Math.cos(i));
        const channelAxis = dims.length > 1 ? dims.length - 1 : undefined;
        const tensor = { dims, dataType: DataType.FLOAT, ...(channelAxis !== undefined && { channelAxis }) };
        const got = await measureAffine(x, layout, values, tensor, loopKernels);
        const after = affineFloats(layout, values);
        const want = sketchOf(after, dims, channelAxis);
        const { mean, std, ...exact } = want;
        expect(hashed({ ...got.sketch, mean, std })).toEqual(hashed({ ...exact, mean, std }));
        // Sums of up to a million and a half doubles, added up in another order.
        expect(Math.abs(got.sketch.mean - mean)).toBeLessThanOrEqual(1e-10 * Math.max(std, 1));
        expect(Math.abs(got.sketch.std - std)).toBeLessThanOrEqual(1e-10 * Math.max(std, 1));
        const errors = errorSums(x, after);
        expect(got.errors.count).toBe(count);
        expect(got.errors.maxAbs).toBe(errors.maxAbs);
        expect(Math.abs(got.errors.noise - errors.noise)).toBeLessThanOrEqual(1e-10 * errors.noise);
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);
