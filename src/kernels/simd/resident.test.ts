import { expect, test } from 'vitest';
import { halvesMeasured } from '../../methods/float16/convert.ts';
import { nbitsMeasured } from '../../methods/quantize-blocks/strips.ts';
import type { Grouping } from '../grouping.ts';
import { extremes } from '../loops/extremes.ts';
import { measure } from '../loops/measure.ts';
import { quantizeInPlace, quantizeMeasured } from '../loops/measured.ts';
import { uglyFloats } from '../ugly.ts';
import { PIECE } from './layout.ts';
import { simd } from './module.ts';
import { arena, simdFor } from './resident.ts';

const room = arena()!;
const bytes = (x: ArrayBufferView) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);

/** The same floats where kernels find them, between others that nobody may write to. */
function resident(x: Float32Array): { values: Float32Array<ArrayBuffer>; done(same?: boolean): void } {
  const [before, inside, behind] = [1 << 16, x.byteLength, 1 << 16].map((bytes) => room.take(bytes)!);
  before.fill(171);
  behind.fill(171);
  const values = new Float32Array(inside.buffer, inside.byteOffset, x.length);
  values.set(x);
  return {
    values,
    done(same = true) {
      if (same) expect(bytes(values).equals(bytes(x))).toBe(true);
      for (const other of [before, behind]) expect(other.every((b) => b === 171)).toBe(true);
      for (const r of [before, inside, behind]) room.giveBack(r);
    },
  };
}

const groupings = ([rows, columns]: readonly [number, number]): Grouping[] => [
  { dims: [rows, columns], granularity: 'tensor', axis: 0, block: 0 },
  { dims: [rows, columns], granularity: 'channel', axis: 0, block: 0 },
  { dims: [rows, columns], granularity: 'channel', axis: 1, block: 0 },
];

test('what lies in the arena gives what it gives elsewhere, to the bit, by every kernel', () => {
  for (const dims of [
    [129, 160],
    [3, PIECE + 5],
  ] as const) {
    const x = uglyFloats(dims[0] * dims[1], dims[0], { nonFinite: dims[0] === 3 });
    const { values, done } = resident(x);
    expect(simdFor(values)).toBe(room.kernels);
    for (const grouping of groupings(dims)) {
      expect(extremes(values, grouping)).toEqual(extremes(x, grouping));
      const spec = { ...grouping, bits: 8, signed: true };
      const groups = grouping.granularity === 'tensor' ? 1 : dims[grouping.axis];
      const scale = Float32Array.from({ length: groups }, (_, i) => 0.01 + (i % 7) / 100);
      for (const detail of [undefined, 1, 'bare', 'finite', 'nothing'] as const) {
        expect(quantizeMeasured(values, spec, scale, undefined, detail)).toEqual(
          quantizeMeasured(x, spec, scale, undefined, detail, undefined, simd()),
        );
      }
    }
    const clamp = { min: 1e-7, max: 1e4 };
    expect(halvesMeasured(values, clamp, dims, 0)).toEqual(halvesMeasured(x, clamp, dims, 0, undefined, simd()));
    done();
  }
});

test('integers in the place of the floats are those that they are elsewhere, and nothing beside them is touched', () => {
  for (const n of [64, 65, 79, 80, 1001, PIECE + 3]) {
    const x = uglyFloats(3 * n, n, { nonFinite: false });
    for (const grouping of groupings([3, n])) {
      const rows = grouping.axis === 1;
      const scale = Float32Array.from(
        { length: grouping.granularity === 'tensor' ? 1 : rows ? n : 3 },
        (_, i) => i + 0.01,
      );
      for (const signed of [true, false]) {
        const spec = { ...grouping, bits: 8, signed };
        const zero = signed ? undefined : new Uint8Array(scale.length).fill(3);
        const { values, done } = resident(uglyFloats(1 << 16, 1, { nonFinite: false }));
        const own = values.subarray(0, x.length);
        const behind = values.slice(x.length);
        own.set(x);
        const q = quantizeInPlace(own, spec, scale, zero);
        if (rows) expect(bytes(own).equals(bytes(x))).toBe(true);
        else
          expect(bytes(q!).equals(bytes(quantizeMeasured(x, spec, scale, zero, 'nothing', undefined, null).q))).toBe(
            true,
          );
        expect(q === undefined).toBe(rows);
        expect(bytes(values.subarray(x.length)).equals(bytes(behind))).toBe(true);
        done(false);
        expect(quantizeInPlace(x, spec, scale, zero)).toBeUndefined();
      }
    }
  }
});

test('what is left of room that shrinks is free at once', () => {
  const [part, other] = [room.take(1 << 20)!, room.take(1 << 20)!];
  const kept = room.shrink(part, 100_000);
  expect([kept.byteOffset, kept.length]).toEqual([part.byteOffset, 100_000]);
  const rest = room.take((1 << 20) - 100_000 - 200)!;
  expect(rest.byteOffset).toBeGreaterThan(kept.byteOffset + kept.length);
  expect(rest.byteOffset + rest.length).toBeLessThanOrEqual(other.byteOffset);
  for (const r of [rest, other, kept]) room.giveBack(r);
});

test.each([130, 1056])('blocks of %i rows of what lies in the arena, and integers that lie there too', (K) => {
  const layout = { K, N: 160, bits: 4, block: 32 } as const;
  const dims = [layout.K, layout.N];
  const x = uglyFloats(layout.K * layout.N, 3, { nonFinite: false });
  const { values, done } = resident(x);
  for (const symmetric of [true, false]) {
    for (const detail of [0, 'finite'] as const) {
      const expected = nbitsMeasured(x, layout, symmetric, false, { dims, detail }, undefined, null);
      expect(nbitsMeasured(values, layout, symmetric, false, { dims, detail })).toEqual(expected);
      const around = room.take(1 << 17)!.fill(85);
      const inside = around.subarray(16, 16 + expected.blocks.packed.length);
      const placed = nbitsMeasured(values, layout, symmetric, false, { dims, detail }, { place: () => inside });
      expect(placed).toEqual(expected);
      expect(placed.blocks.packed.buffer).toBe(inside.buffer);
      for (const other of [around.subarray(0, 16), around.subarray(16 + inside.length)]) {
        expect(other.every((b) => b === 85)).toBe(true);
      }
      room.giveBack(around);
    }
  }
  done();
});

test('of more channels than the arena leaves room for others work on it', () => {
  const { values, done } = resident(new Float32Array(1 << 15));
  expect(simdFor(values, [1 << 21])).toBe(simd());
  done();
});

test('room that was given back is one piece again, and what does not fit gets none', () => {
  const MiB = 1 << 20;
  const rooms = Array.from({ length: 5 }, () => room.take(12 * MiB)!);
  expect(rooms.every(Boolean)).toBe(true);
  expect(room.take(12 * MiB)).toBeUndefined();
  for (const i of [1, 3, 0, 4, 2]) room.giveBack(rooms[i]);
  const halves = [room.take(31 * MiB)!, room.take(32 * MiB)!];
  expect(halves.map((h) => h.byteLength)).toEqual([31 * MiB, 32 * MiB]);
  for (const half of halves) room.giveBack(half);
  for (const bytes of [100, 33 * MiB]) expect(room.take(bytes)).toBeUndefined();
});

test('whether all numbers are finite, and no more', () => {
  for (const n of [0, 1, 63, 1001, PIECE + 3]) {
    const x = uglyFloats(n, n + 1, { nonFinite: false });
    for (const kernels of [simd(), null]) {
      expect(measure(x, x, [n], 'finite', kernels).errors).toEqual({ signal: 0, noise: 0 });
      for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        if (n === 0) continue;
        const y = x.slice();
        y[n - 1] = bad;
        expect(measure(y, y, [n], 'finite', kernels).errors.signal).toBe(Number.NaN);
      }
    }
  }
});
