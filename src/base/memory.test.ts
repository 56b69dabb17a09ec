import { expect, test } from 'vitest';
import { Memory } from './memory.ts';

test('memory that was given back is lent again, under the object it has moved to', () => {
  const memory = new Memory(100, 2);
  const a = memory.lend();
  const first = a.take(64);
  const b = memory.lend();
  expect(b.take(64)).not.toBe(first);
  const moved = structuredClone(first, { transfer: [first] });
  a.moved(moved);
  a.giveBack();
  const c = memory.lend();
  expect(c.take(65).byteLength).toBe(65);
  expect(c.take(32)).toBe(moved);
});

test('neither large pieces nor many are kept', () => {
  const memory = new Memory(100, 2);
  const a = memory.lend();
  const large = a.take(101);
  const small = [a.take(10), a.take(10), a.take(10)];
  a.giveBack();
  const b = memory.lend();
  expect([b.take(10), b.take(10)]).toEqual([small[1], small[2]]);
  expect(b.take(10)).not.toBe(small[0]);
  expect(b.take(101)).not.toBe(large);
});
