import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsv } from './csv.ts';
import { openDataset } from './open.ts';
import { expectError, textSource } from './testing.ts';

const open = (text: string, options = {}) => openDataset([textSource(text)], options);
const all = async (data: Awaited<ReturnType<typeof open>>) => {
  const batch = await data.read(Array.from({ length: data.count }, (_, i) => i));
  return batch.kind === 'array' ? Array.from(batch.data) : [];
};

test('any table that is quoted by RFC 4180 is parsed back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é', '1') });
  const quote = (c: string) => `"${c.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      (rows, end) => {
        const text = rows.map((r) => r.map(quote).join(',')).join(end);
        expect([...parseCsv(text, ',', 'f')].map((r) => r.cells)).toEqual(rows);
      },
    ),
  );
});

test('lines are counted through quoted line breaks', () => {
  const rows = [...parseCsv('a,"b\nc"\r\n\r\nd,e\n', ',', 'f')];
  expect(rows).toEqual([
    { line: 1, cells: ['a', 'b\nc'] },
    { line: 4, cells: ['d', 'e'] },
  ]);
});

test('numbers with a header, the label last', async () => {
  const data = await open('\ufeffsepal,petal,label\r\n5.1,3e-1,0\r\n-4,.5,2\r\n');
  expect(data).toMatchObject({ kind: 'csv', count: 2, sampleDims: [2] });
  expect(await all(data)).toEqual([5.1, 0.3, -4, 0.5].map(Math.fround));
  expect(Array.from(data.labels!)).toEqual([0, 2]);
});

test('words in the label column become classes in code-point order; other delimiters', async () => {
  for (const d of [',', '\t', ';']) {
    const data = await open(['1,2,setosa', '3,4,virginica', '5,6,"setosa"', '7,8,Ada'].join('\n').replaceAll(',', d));
    expect(data.classes).toEqual(['Ada', 'setosa', 'virginica']);
    expect(Array.from(data.labels!)).toEqual([1, 2, 1, 0]);
    expect(await all(data)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }
});

test('where the label is', async () => {
  const first = await open('label,p0,p1\n7,0,255\n1,3,4\n');
  expect(Array.from(first.labels!)).toEqual([7, 1]);
  expect(await all(first)).toEqual([0, 255, 3, 4]);
  expect(await open('0,1,label\n5,6,7\n')).toMatchObject({ count: 1, sampleDims: [2] });
  // Without a header: a last column that never changes is a corner pixel, not a label.
  expect(Array.from((await open('7,9,0\n1,8,0\n')).labels!)).toEqual([7, 1]);
  expect(Array.from((await open('cat,9,1\ndog,8,2\n')).labels!)).toEqual([0, 1]);
  expect(Array.from((await open('a,b,c\n1,2,3\n', { labelColumn: 'b' })).labels!)).toEqual([2]);
  expect(Array.from((await open('1,2,3\n', { labelColumn: 0 })).labels!)).toEqual([1]);
  expect((await open('a,b,c\n1,2,3\n', { labelColumn: null })).sampleDims).toEqual([3]);
  const inputs = [{ name: 'x', dtype: 'float32' as const, dims: [null, 3] }];
  expect(await open('1,2,3\n4,5,6\n', { inputs })).toMatchObject({ sampleDims: [3] });
  await expectError(open('a,b\n1,2\n', { labelColumn: 'c' }), 'data/unreadable', /no column c.*a, b/);
});

test('a last column of fractions is a regression', async () => {
  const data = await open('x,y\n1,0.5\n2,1\n');
  expect(data.labels).toBeUndefined();
  expect(Array.from(data.targets!)).toEqual([0.5, 1]);
});

test.each(['', 'NaN', 'NA', '?', 'inf', '-Infinity', 'null'])(
  'the missing value "%s" is named by line and column',
  async (cell) => {
    await expectError(open(`a,b,label\n1,2,0\n3,${cell},1\n`), 'data/unreadable', /line 3, column 2 \(b\).*missing/);
    await expectError(
      open(`a,b,label\n1,2,0\n3,4,${cell}\n`),
      'data/unreadable',
      /line 3, column 3 \(label\).*missing/,
    );
  },
);

test('words among numbers, ragged lines, endless quotes, no text, nothing', async () => {
  await expectError(open('a,b,label\n1,2,0\n3,x9,1\n'), 'data/unreadable', /line 3, column 2 \(b\): "x9"/);
  await expectError(open('1,2,0\n3,4\n'), 'data/unreadable', /line 2 has 2 columns.*3/);
  await expectError(open('1,"2,0\n3,4,5\n'), 'data/unreadable', /line 1 never ends/);
  await expectError(open('1,"2"x,0\n'), 'data/unreadable', /line 1/);
  await expectError(open('1,2\0,3'), 'data/unreadable', /zero/);
  await expectError(open('a,b,c\n'), 'data/unreadable', /no rows/);
  await expectError(open('\n\n'), 'data/unreadable', /empty/);
  await expectError(open(''), 'data/unreadable', /empty/);
  await expectError(open('1e39,2\n2,3'), 'data/unreadable', /line 1/);
  await expectError(open('2,3,4\n0x10,1,2'), 'data/unreadable', /line 2, column 1: "0x10"/);
  const latin = textSource('');
  await expectError(
    openDataset([{ ...latin, size: 2, read: async () => new Uint8Array([0x31, 0xff]) }]),
    'data/unreadable',
    /UTF-8/,
  );
});
