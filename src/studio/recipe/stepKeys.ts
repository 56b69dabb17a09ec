import type { Step } from '../../recipe/schema.ts';

/** A step with a name that stays its own while it is edited and moved. */
export interface Keyed {
  key: string;
  step: Step;
}

let made = 0;

/**
 * Names for steps, kept from the last time: a step that is the same object or says the same keeps its name wherever it went; an edited one
 * is known by its place and its method.
 */
export function keySteps(old: readonly Keyed[], steps: readonly Step[]): Keyed[] {
  const free = new Set(old);
  const found: (Keyed | undefined)[] = steps.map(() => undefined);
  const claim = (matches: (candidate: Keyed, i: number) => boolean) => {
    steps.forEach((_, i) => {
      if (found[i]) return;
      for (const candidate of free) {
        if (!matches(candidate, i)) continue;
        found[i] = candidate;
        free.delete(candidate);
        return;
      }
    });
  };
  claim((c, i) => c.step === steps[i]);
  claim((c, i) => JSON.stringify(c.step) === JSON.stringify(steps[i]));
  claim((c, i) => old[i] === c && c.step.method === steps[i].method);
  return steps.map((step, i) => ({ step, key: found[i]?.key ?? `step-${++made}` }));
}
