import { expect, test } from 'vitest';
import { Memory } from './memory.ts';
import { shared } from './shared.ts';

test('one computation for all readers, let go once each has had it, run again for a reader that comes again', async () => {
  let runs = 0;
  const once = shared(async () => ({ run: ++runs }));
  const [a, b] = [once((v) => v.run), once((v) => -v.run)];
  expect(await Promise.all([b(), a()])).toEqual([-1, 1]);
  expect(await a()).toBe(2);
  // What the first picked is its own: it gets another, which the second then has too.
  expect(await a()).toBe(3);
  expect(await b()).toBe(-3);
  expect(await b()).toBe(-4);
});

test('a failure is not kept, and memory comes of the loan of the first to read', async () => {
  let fail = true;
  const memory = new Memory(0);
  const loans = [memory.lend(), memory.lend()];
  const seen: unknown[] = [];
  const once = shared(async (loan) => {
    seen.push(loan);
    if (fail) throw new Error('no');
    return 1;
  });
  const [a, b] = [once((v, loan) => [v, loan]), once((v, loan) => [v, loan])];
  await expect(a(loans[0])).rejects.toThrow('no');
  fail = false;
  expect(await b(loans[1])).toEqual([1, loans[1]]);
  expect(await a(loans[0])).toEqual([1, loans[0]]);
  expect(seen).toEqual([loans[0], loans[1]]);
});
