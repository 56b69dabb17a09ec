import { expect, test } from 'vitest';
import { inTurn, type Job } from './ahead.ts';
import { MiB } from './limits.ts';
import { Memory } from './memory.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve));

/** Jobs of given sizes that end when they are told to. */
function jobsOf(sizes: readonly number[], ahead: number) {
  const log: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const lane = { ahead };
  const jobs = sizes.map((size, i): Job<{ i: number; memory: ArrayBuffer }> => {
    return {
      ...{ size, lane },
      start: (loan) => {
        log.push(i);
        const memory = loan.take(size);
        return new Promise((resolve, reject) => {
          ends[i] = (error) => (error ? reject(error) : resolve({ i, memory }));
        });
      },
    };
  });
  return { jobs, log, ends };
}

test('results come in order, and the next are begun as long as they fit, or alone', async () => {
  const { jobs, log, ends } = jobsOf([40, 60, 500, 1, 1, 1], 100);
  const results = inTurn(jobs, new Memory(0), 2);
  const first = results.next();
  await turn();
  expect(log).toEqual([0, 1]);
  ends[1]();
  await turn();
  ends[0]();
  expect((await first).value?.value.i).toBe(0);
  // The first is still being looked at, and what comes next does not fit beside the second.
  expect(log).toEqual([0, 1]);
  expect((await results.next()).value?.value.i).toBe(1);
  const third = results.next();
  await turn();
  // What waits behind the one whose turn it is counts, however large that is.
  expect(log).toEqual([0, 1, 2, 3]);
  ends[2]();
  expect((await third).value?.job).toBe(jobs[2]);
  const fourth = results.next();
  await turn();
  // However small they are, no more than two.
  expect(log).toEqual([0, 1, 2, 3, 4]);
  ends[3]();
  ends[4]();
  expect((await fourth).value?.value.i).toBe(3);
  expect((await results.next()).value?.value.i).toBe(4);
  const last = results.next();
  await turn();
  ends[5]();
  expect((await last).value?.value.i).toBe(5);
  expect((await results.next()).done).toBe(true);
});

test('what is to be computed is begun while what comes before it is merely read', async () => {
  const { log, ends, jobs } = jobsOf([10, 10, 10, 4, 4, 10], 20);
  // As far ahead as the others, and still a lane of its own.
  const lane = { ahead: 20 };
  const mixed = jobs.map((job, i) => (i === 3 || i === 4 ? { ...job, lane } : job));
  const results = inTurn(mixed, new Memory(0));
  const taken: number[] = [];
  const all = (async () => {
    for await (const { value } of results) taken.push(value.i);
  })();
  await turn();
  expect(log).toEqual([0, 1, 2, 3, 4]);
  for (const i of [4, 3, 2, 1]) ends[i]();
  await turn();
  expect(taken).toEqual([]);
  ends[0]();
  await turn();
  expect(taken).toEqual([0, 1, 2, 3, 4]);
  ends[5]();
  await all;
  expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
});

test('memory is lent again once the next result is asked for, not before', async () => {
  const sizes = [8, 8, 8, 8, 8].map((n) => n * MiB);
  const lane = { ahead: 8 * MiB };
  const jobs = sizes.map((size) => ({
    size,
    lane,
    start: async (loan: { take(n: number): ArrayBuffer }) => loan.take(size),
  }));
  const used: ArrayBuffer[] = [];
  for await (const { value } of inTurn(jobs, new Memory(64 * MiB))) {
    if (used.length) expect(value).not.toBe(used.at(-1));
    used.push(value);
  }
  expect(new Set(used).size).toBe(2);
});

test('a failure is thrown in its turn, and whoever stops waits for what is under way', async () => {
  const { jobs, log, ends } = jobsOf([1, 1, 1], 100);
  const results = inTurn(jobs, new Memory(0));
  const first = results.next();
  await turn();
  ends[1](new Error('no'));
  ends[0]();
  expect((await first).value?.value.i).toBe(0);
  let settled = false;
  const second = results.next().finally(() => {
    settled = true;
  });
  second.catch(() => {});
  await turn();
  expect(log).toEqual([0, 1, 2]);
  expect(settled).toBe(false);
  ends[2]();
  await expect(second).rejects.toThrow('no');
  expect((await results.next()).done).toBe(true);
});
