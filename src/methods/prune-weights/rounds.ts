import type { Decision } from './decide.ts';

/**
 * The share that has fallen after a round, from 1 up, on the way to a sparsity: what is left shrinks by the same factor in every
 * round, so that after round k of n it is (1 − s)^(k/n).
 */
export function sparsityAfter(sparsity: number, round: number, rounds: number): number {
  return round === rounds ? sparsity : 1 - (1 - sparsity) ** (round / rounds);
}

/** A decision as it is after a round; thresholds and patterns are reached at once. */
export function decisionAfter(decision: Decision, round: number, rounds: number): Decision {
  if (decision.kind !== 'sparsity' && decision.kind !== 'output') return decision;
  return { ...decision, sparsity: sparsityAfter(decision.sparsity, round, rounds) };
}
