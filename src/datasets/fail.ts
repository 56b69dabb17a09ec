import { PareError } from '../base/errors.ts';

/** The bytes are not what they claim to be. */
export function unreadable(where: string, problem: string, hint?: string, cause?: unknown): PareError {
  return new PareError('data/unreadable', `${where}: ${problem}`, {
    where,
    hint: hint ?? 'The file is damaged or of another kind than its name says. Export it again.',
    cause,
  });
}

/** The file asks for more than we are willing to give. */
export function overLimit(where: string, problem: string, hint?: string): PareError {
  return new PareError('data/limit', `${where}: ${problem}`, {
    where,
    hint: hint ?? 'Use a smaller part of the data.',
  });
}

/** Two shapes that should agree do not. */
export function mismatch(where: string, problem: string, hint?: string): PareError {
  return new PareError('data/shape-mismatch', `${where}: ${problem}`, { where, hint });
}

/** Dims as people write them, `?` for a free one. */
export function showDims(dims: readonly (number | null)[]): string {
  return dims.length === 0 ? 'scalar' : dims.map((d) => d ?? '?').join('×');
}
