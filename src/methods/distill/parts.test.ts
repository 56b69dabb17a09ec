import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { augmentImages, blend } from './augment.ts';
import { decodeSnapshot, encodeSnapshot } from './checkpoint.ts';
import type { Head } from './heads.ts';
import { shortKey } from './identity.ts';
import { integersAs, readIntegers } from './integers.ts';
import { RowCache } from './samples.ts';
import { isBetter, Judge } from './score.ts';
import { splitSamples } from './split.ts';
import { options } from './testing.ts';

describe('splitSamples', () => {
  test('parts the samples, with a share of every class', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 200 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.nat(),
        (labels, share, seed) => {
          const { train, held } = splitSamples(labels.length, share, seed, labels);
          expect([...train, ...held].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
          expect(train.length).toBeGreaterThan(0);
          if (share > 0)
            expect(held.length).toBe(Math.min(labels.length - 1, Math.max(1, Math.round(share * labels.length))));
          else expect(held.length).toBe(0);
          for (let c = 0; c < 5; c++) {
            const all = labels.filter((l) => l === c).length;
            const mine = [...held].filter((i) => labels[i] === c).length;
            // Systematic samples of a run of `all` out of n differ from its share by less than one.
            expect(Math.abs(mine - (held.length * all) / labels.length)).toBeLessThan(1 + 1e-9);
          }
        },
      ),
    );
  });

  test('depends on the seed alone', () => {
    expect(splitSamples(50, 0.2, 3)).toEqual(splitSamples(50, 0.2, 3));
    expect(splitSamples(50, 0.2, 3).held).not.toEqual(splitSamples(50, 0.2, 4).held);
  });
});

describe('augmentImages', () => {
  const image = (dims: readonly number[]) => {
    const n = dims.reduce((a, b) => a * b, 1);
    return { dtype: 'float32', dims, data: Float32Array.from({ length: n }, (_, i) => i) } as const;
  };

  test('mirrors whole rows', () => {
    const x = image([40, 2, 3, 5]);
    const { data } = augmentImages(x, { shift: 0, flip: true, crop: 0, mix: false }, 1);
    let mirrored = 0;
    for (let row = 0; row < data.length; row += 5) {
      const [was, now] = [[...x.data.slice(row, row + 5)], [...(data as Float32Array).slice(row, row + 5)]];
      if (now[0] !== was[0]) {
        mirrored++;
        expect(now).toEqual(was.reverse());
      } else expect(now).toEqual(was);
    }
    expect(mirrored % 6).toBe(0);
    expect(mirrored / 6).toBeGreaterThan(8);
    expect(mirrored / 6).toBeLessThan(32);
  });

  test('moves by whole pixels within the bound, the edge repeated, in either layout', () => {
    for (const [dims, column] of [
      [[30, 1, 5, 6], 1],
      [[30, 5, 6, 3], 3],
    ] as const) {
      const x = image(dims);
      const y = augmentImages(x, { shift: 2, flip: false, crop: 0, mix: false }, 5).data as Float32Array;
      const [h, w] = column === 1 ? [dims[2], dims[3]] : [dims[1], dims[2]];
      const size = x.data.length / 30;
      for (let i = 0; i < 30; i++) {
        const at = (row: number, col: number) => x.data[i * size + (row * w + col) * column];
        const fits = (dy: number, dx: number) => {
          for (let r = 0; r < h; r++)
            for (let c = 0; c < w; c++) {
              const [a, b] = [Math.min(h - 1, Math.max(0, r + dy)), Math.min(w - 1, Math.max(0, c + dx))];
              if (y[i * size + (r * w + c) * column] !== at(a, b)) return false;
            }
          return true;
        };
        const moves = [-2, -1, 0, 1, 2];
        expect(moves.some((dy) => moves.some((dx) => fits(dy, dx)))).toBe(true);
      }
    }
  });

  test('crops stay inside what was there, and nothing happens without a wish or without images', () => {
    const x = image([10, 1, 6, 6]);
    const y = augmentImages(x, { shift: 0, flip: false, crop: 0.5, mix: false }, 5).data as Float32Array;
    for (let i = 0; i < 10; i++) {
      const part = y.slice(36 * i, 36 * i + 36);
      expect(Math.min(...part)).toBeGreaterThanOrEqual(36 * i);
      expect(Math.max(...part)).toBeLessThanOrEqual(36 * i + 35);
    }
    expect(augmentImages(x, { shift: 0, flip: false, crop: 0, mix: false }, 5)).toBe(x);
    const flat = image([10, 36]);
    expect(augmentImages(flat, { shift: 3, flip: true, crop: 0.5, mix: false }, 5)).toBe(flat);
  });
});

test('blends lie between a sample and its neighbour, by one share for all inputs', () => {
  const value = (data: number[]) => ({ dtype: 'float32', dims: [3, 2], data: Float32Array.from(data) }) as const;
  const out = blend({ a: value([0, 0, 1, 1, 3, 3]), b: value([0, 0, 10, 10, 30, 30]) }, 4);
  const [a, b] = [out.a.data as Float32Array, out.b.data as Float32Array];
  for (let i = 0; i < 6; i++) expect(b[i]).toBeCloseTo(10 * a[i], 4);
  expect(a[0]).toBeGreaterThanOrEqual(0);
  expect(a[0]).toBeLessThanOrEqual(1);
  expect(a[2]).toBeGreaterThanOrEqual(1);
  expect(a[4]).toBeLessThanOrEqual(3);
});

describe('snapshots', () => {
  test('come back to the bit', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.float32Array({ maxLength: 20 })), fc.jsonValue(), (arrays, value) => {
        const header = JSON.parse(JSON.stringify({ value }));
        const back = decodeSnapshot(encodeSnapshot({ header, arrays }))!;
        expect(back.header).toEqual(header);
        expect(Object.keys(back.arrays).sort()).toEqual(Object.keys(arrays).sort());
        for (const [name, a] of Object.entries(arrays))
          expect(new Uint32Array(back.arrays[name].buffer)).toEqual(new Uint32Array(a.slice().buffer));
      }),
    );
  });

  test('with names that mean something to objects', () => {
    const arrays = Object.fromEntries([
      ['__proto__', new Float32Array([1, 2])],
      ['constructor', new Float32Array(1)],
    ]);
    const back = decodeSnapshot(encodeSnapshot({ header: 0, arrays }))!;
    expect(Object.entries(back.arrays).map(([name, a]) => [name, a.length])).toEqual([
      ['__proto__', 2],
      ['constructor', 1],
    ]);
  });

  test('that were cut off or are something else are nothing', () => {
    const whole = encodeSnapshot({ header: { a: 1 }, arrays: { x: new Float32Array(9) } });
    for (let n = 0; n < whole.length; n++) expect(decodeSnapshot(whole.slice(0, n))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => decodeSnapshot(new Uint8Array(bytes)) === undefined),
    );
    const odd = whole.slice();
    odd.set(new TextEncoder().encode('{"header":1,"arrays":[{"name":"x","length":1e9}]}'), 8);
    expect(decodeSnapshot(odd)).toBeUndefined();
  });
});

describe('Judge', () => {
  const head: Head = { kind: 'classification', value: 'y', teacher: 't', axis: 1, labelled: true };
  const value = (rows: number[][]) =>
    ({ dtype: 'float32', dims: [rows.length, rows[0].length], data: Float32Array.from(rows.flat()) }) as const;

  test('counts right answers and the loss of the leading rows', () => {
    const judge = new Judge([head], options({ alpha: 1 }));
    judge.add(
      2,
      {
        y: value([
          [0, Math.log(3)],
          [2, 1],
          [9, 0],
        ]),
      },
      undefined,
      [1, 1, 0],
      undefined,
    );
    const { score, loss } = judge.result();
    expect(score).toBe(0.5);
    expect(loss).toBeCloseTo((-Math.log(3 / 4) - Math.log(1 / (1 + Math.E))) / 2, 6);
  });

  test('agreement with the teacher, T²·KL by its definition', () => {
    const judge = new Judge([{ ...head, labelled: false }], options({ temperature: 2 }));
    const [p, q] = [
      [0.3, -1.2, 2],
      [1, 0.5, -0.25],
    ];
    judge.add(1, { y: value([q]) }, { t: value([p]) }, undefined, undefined);
    const soft = (z: number[]) => z.map((v) => Math.exp(v / 2) / z.reduce((s, u) => s + Math.exp(u / 2), 0));
    const kl = soft(p).reduce((s, x, k) => s + x * Math.log(x / soft(q)[k]), 0);
    expect(judge.result().loss).toBeCloseTo(4 * kl, 6);
    expect(judge.result().score).toBe(0);
  });

  test('a regression by the share that is explained', () => {
    const judge = new Judge([{ ...head, kind: 'regression' }], options());
    judge.add(3, { y: value([[1], [2], [4]]) }, undefined, undefined, Float32Array.of(1, 2, 3));
    expect(judge.result().score).toBeCloseTo(1 - 1 / 2, 6);
  });

  test('NaN is never right, and never better', () => {
    const judge = new Judge([head], options({ alpha: 1 }));
    judge.add(1, { y: value([[Number.NaN, Number.NaN]]) }, undefined, [0], undefined);
    expect(judge.result().score).toBe(0);
    const good = { score: 0.5, loss: 1 };
    expect(isBetter(judge.result(), good, 'auto', 1000)).toBe(false);
    expect(isBetter(good, judge.result(), 'auto', 1000)).toBe(true);
    expect(isBetter({ score: 0.4, loss: 0.5 }, good, 'auto', 100)).toBe(true);
    expect(isBetter({ score: 0.4, loss: 0.5 }, good, 'auto', 1000)).toBe(false);
    expect(isBetter({ score: 0.5, loss: 0.5 }, good, 'accuracy', 10)).toBe(true);
  });
});

test('rows that were put come back in any order; what does not fit is not kept', () => {
  const cache = new RowCache(3);
  const put = (indices: number[], data: number[]) =>
    cache.put(indices, { a: { dtype: 'float32', dims: [indices.length, 2], data: Float32Array.from(data) } });
  put([4, 7], [1, 2, 3, 4]);
  expect(cache.get([4, 5])).toBeUndefined();
  put([5], [5, 6]);
  expect(cache.get([5, 7, 5])!.a).toEqual({ dtype: 'float32', dims: [3, 2], data: Float32Array.of(5, 6, 3, 4, 5, 6) });
  const small = new RowCache(1000, 100);
  small.put([1], { a: { dtype: 'float32', dims: [1, 2], data: new Float32Array(2) } });
  expect(small.get([1])).toBeUndefined();
});

test('integers of every dtype come back', async () => {
  for (const [dataType, low, high] of [
    [DataType.INT4, -8, 7],
    [DataType.UINT4, 0, 15],
    [DataType.INT8, -128, 127],
    [DataType.UINT8, 0, 255],
    [DataType.INT16, -32768, 32767],
    [DataType.UINT16, 0, 65535],
    [DataType.INT32, -(2 ** 31), 2 ** 31 - 1],
  ]) {
    const q = [low, high, 0, 1, high - 1];
    const tensor = makeTensor('q', dataType, [5], integersAs(q, dataType));
    expect(Array.from(await readIntegers(tensor))).toEqual(q);
  }
});

test('keys tell texts apart', () => {
  const keys = new Set(Array.from({ length: 5000 }, (_, i) => shortKey(`options ${i}`)));
  expect(keys.size).toBe(5000);
  expect(shortKey('a')).not.toBe(shortKey('a\0'));
});
