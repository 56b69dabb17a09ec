import { expect, test } from 'vitest';
import { KiB } from '../base/limits.ts';
import { Gate } from './gate.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve));

test('computations enter in order, as many as fit, or one alone', async () => {
  const gate = new Gate(100);
  const log: string[] = [];
  const go: (() => void)[] = [];
  const run = (name: string, size: number) =>
    gate.run(size, async () => {
      log.push(name);
      await new Promise<void>((resolve) => go.push(resolve));
    });
  const all = [run('a', 60), run('b', 40), run('c', 500), run('d', 1)];
  await turn();
  expect(log).toEqual(['a', 'b']);
  go.shift()!();
  await turn();
  expect(log).toEqual(['a', 'b']);
  go.shift()!();
  await turn();
  expect(log).toEqual(['a', 'b', 'c']);
  go.shift()!();
  await turn();
  go.shift()!();
  await Promise.all(all);
  expect(log).toEqual(['a', 'b', 'c', 'd']);
});

test('memory is used again once its task has ended, also by failing, never by two at a time, and kept by nobody', async () => {
  const gate = new Gate(100);
  let leave!: () => void;
  const inside = gate.run(1, () => new Promise<void>((resolve) => (leave = resolve)));
  const used: ArrayBuffer[] = [];
  const take = (bytes: number, fail = false) =>
    gate.runIn(10, async (loan) => {
      used.push(loan.take(bytes));
      await turn();
      if (fail) throw new Error('no');
    });
  await Promise.all([take(128 * KiB), take(128 * KiB)]);
  expect(used[0]).not.toBe(used[1]);
  await expect(take(128 * KiB, true)).rejects.toThrow('no');
  await take(96 * KiB);
  await take(256 * KiB);
  expect(used[2]).toBe(used[0]);
  expect(used[3].byteLength).toBe(128 * KiB);
  expect(used[4].byteLength).toBe(256 * KiB);
  leave();
  await inside;
  await take(128 * KiB);
  expect(used.slice(0, 5)).not.toContain(used[5]);
});

test('one computation in a turn of the event loop, in order', async () => {
  const gate = new Gate();
  const log: string[] = [];
  const loop = (async () => {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      log.push('outside');
    }
  })();
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      await gate.turn();
      log.push(name);
    }),
  );
  await loop;
  const inside = log.filter((l) => l !== 'outside');
  expect(inside).toEqual(['a', 'b', 'c']);
  expect(log.indexOf('b') - log.indexOf('a')).toBeGreaterThan(1);
  expect(log.indexOf('c') - log.indexOf('b')).toBeGreaterThan(1);
});
