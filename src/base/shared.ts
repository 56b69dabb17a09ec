import type { Loan } from './memory.ts';

/**
 * One computation with several results that are read one after the other (a quantized tensor, its scales, its zero points).
 * Gives what makes the readers, each of which picks its own. The first to read runs the computation; the value is let go once
 * every reader has had it, so that it never outlives its use. A reader that comes again has it run again: what it picked is
 * its own, and may have been written over.
 * @param compute is given the loan of the first to read
 */
export function shared<T>(
  compute: (loan?: Loan) => Promise<T>,
): <R>(pick: (value: T, loan?: Loan) => R) => (loan?: Loan) => Promise<R> {
  let readers = 0;
  let round: { value: Promise<T>; served: Set<number> } | undefined;
  const take = (reader: number, loan?: Loan): Promise<T> => {
    if (!round || round.served.has(reader)) {
      const begun = { value: compute(loan), served: new Set<number>() };
      round = begun;
      begun.value.catch(() => {
        if (round === begun) round = undefined;
      });
    }
    const { value, served } = round;
    served.add(reader);
    if (served.size === readers) round = undefined;
    return value;
  };
  return (pick) => {
    const reader = readers++;
    return async (loan) => pick(await take(reader, loan), loan);
  };
}
