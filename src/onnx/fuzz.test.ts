import { expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { allowance, exercise, mutate } from './fuzzing.ts';
import { backendModels } from './testing.ts';

test('2,000 harmed models: each is a model or a PareError, within its memory and its time', async () => {
  const random = new Random(20260101);
  const models = backendModels();
  let opened = 0;
  for (let run = 0; run < 2000; run++) {
    const [name, bytes] = models[random.int(models.length)];
    const harmed = mutate(bytes, random);
    const start = process.cpuUsage();
    const result = await exercise(harmed).catch((cause) => {
      throw new Error(`run ${run}, ${name}: ${cause?.stack}`);
    });
    expect(result.grown, `memory in run ${run}, ${name}`).toBeLessThan(allowance(harmed.length));
    // Each takes milliseconds; only a hang takes five seconds. Processor time, since a busy machine may take its own.
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000, `time of run ${run}, ${name}`).toBeLessThan(5000);
    if (result.opened) opened++;
  }
  // Mutations that always kill or never do would prove little.
  expect(opened).toBeGreaterThan(200);
  expect(opened).toBeLessThan(1800);
}, 120_000);
