import { PareError } from '../../base/errors.ts';

/** Computes, now or later, and adds the tensor's name to an error that lacks it. */
export function naming<T>(name: string, compute: () => T): T {
  const named = (error: unknown) => {
    if (!(error instanceof PareError) || error.where !== undefined) return error;
    const { code, message, hint } = error;
    return new PareError(code, `Tensor "${name}": ${message}`, { hint, where: name, cause: error });
  };
  try {
    const result = compute();
    if (!(result instanceof Promise)) return result;
    return result.catch((error) => Promise.reject(named(error))) as T;
  } catch (error) {
    throw named(error);
  }
}
