import { expect, test } from 'vitest';
import { KiB } from './limits.ts';
import { Memory } from './memory.ts';

test('memory that was given back is lent again, under the object it has moved to', () => {
  const memory = new Memory(400 * KiB);
  const a = memory.lend();
  const first = a.take(64 * KiB);
  const b = memory.lend();
  expect(b.take(64 * KiB)).not.toBe(first);
  const moved = structuredClone(first, { transfer: [first] });
  a.adopt(moved);
  a.giveBack();
  const c = memory.lend();
  expect(c.take(65 * KiB).byteLength).toBe(65 * KiB);
  expect(c.take(64 * KiB)).toBe(moved);
});

test('what was withdrawn comes back with the loan that adopts it, and with no other', () => {
  const memory = new Memory(400 * KiB);
  const a = memory.lend();
  const out = a.withdraw(64 * KiB);
  a.giveBack();
  const b = memory.lend();
  expect(b.take(64 * KiB)).not.toBe(out);
  b.adopt(out);
  b.giveBack();
  const c = memory.lend();
  expect([c.take(64 * KiB), c.take(64 * KiB)]).toContain(out);
});

test('what is kept of a place outlives its loan, and comes back with the loan that adopts it', () => {
  const whole = new Uint8Array(1000);
  const returned: number[][] = [];
  let taken = 0;
  const room = {
    take: (bytes: number) => (taken++ < 2 ? whole.subarray(100 * taken, 100 * taken + bytes) : undefined),
    shrink: (part: Uint8Array<ArrayBuffer>, bytes: number) => part.subarray(0, bytes),
    giveBack: (part: Uint8Array<ArrayBuffer>) => void returned.push([part.byteOffset, part.length]),
  };
  const memory = new Memory(1000, () => room);
  const a = memory.lend();
  const [first, second] = [a.place!(50), a.place!(60)];
  expect(a.place!(10)).toBeUndefined();
  const kept = a.keep!(new Float32Array(second!.buffer, second!.byteOffset, 15), 15);
  a.giveBack();
  expect(returned).toEqual([[first!.byteOffset, 50]]);
  const b = new Memory(1000).lend();
  b.adopt(kept);
  b.giveBack();
  b.giveBack();
  expect(returned.slice(1)).toEqual([[second!.byteOffset, 15]]);
  expect(b.place!(10)).toBeUndefined();
});

test('the smallest piece that is large enough is lent; the oldest go where there are more bytes than are kept', () => {
  const memory = new Memory(1000 * KiB);
  const a = memory.lend();
  const large = a.take(1001 * KiB);
  const pieces = [600, 300, 200, 500].map((n) => a.take(n * KiB));
  a.giveBack();
  const b = memory.lend();
  expect(b.take(150 * KiB)).toBe(pieces[2]);
  expect(b.take(150 * KiB)).toBe(pieces[1]);
  expect(b.take(150 * KiB)).toBe(pieces[3]);
  expect([large, ...pieces]).not.toContain(b.take(150 * KiB));
});

test('what is small is neither kept nor given large memory', () => {
  const memory = new Memory(1000 * KiB);
  const a = memory.lend();
  const [small, large] = [a.take(100), a.take(100 * KiB)];
  a.giveBack();
  expect([small, large]).not.toContain(memory.lend().take(100));
});
