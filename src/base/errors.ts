/** The stable words an error is known by. They survive the trip between threads and are what tests and scripts match on. */
export type ErrorCode =
  | 'model/corrupt'
  | 'model/unsupported'
  | 'model/not-onnx'
  | 'model/external-missing'
  | 'model/external-invalid'
  | 'model/limit'
  | 'data/unreadable'
  | 'data/shape-mismatch'
  | 'data/label-range'
  | 'data/limit'
  | 'data/missing'
  | 'recipe/invalid'
  | 'recipe/not-applicable'
  | 'recipe/model-missing'
  | 'memory/exhausted'
  | 'runtime/failed'
  | 'runtime/unsupported-op'
  | 'runtime/unavailable'
  | 'worker/died'
  | 'storage/failed'
  | 'usage'
  | 'cancelled'
  | 'internal';

/** The plain form of a PareError: what `postMessage` carries and `--json` prints. */
export interface PareErrorData {
  code: ErrorCode;
  message: string;
  hint?: string;
  /** Where it happened: a tensor, a node, a file or a step of the recipe. */
  where?: string;
}

/** Whether an engine's message says that an allocation failed: a RangeError may also be a stack that is too deep. */
export const isOutOfMemory = (message: string): boolean => /allocation|array (buffer )?length|memory/i.test(message);

/**
 * Every failure a person or a script can meet. `message` says what happened and to which tensor or node,
 * `hint` what to do next. Throw it as early as the cause is known; never wrap one PareError in another.
 */
export class PareError extends Error {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly where?: string;

  constructor(code: ErrorCode, message: string, options: { hint?: string; where?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PareError';
    this.code = code;
    this.hint = options.hint;
    this.where = options.where;
  }

  toJSON(): PareErrorData {
    const data: PareErrorData = { code: this.code, message: this.message };
    if (this.hint !== undefined) data.hint = this.hint;
    if (this.where !== undefined) data.where = this.where;
    return data;
  }

  static fromJSON(data: PareErrorData): PareError {
    return new PareError(data.code, data.message, { hint: data.hint, where: data.where });
  }

  /** Any thrown value as a PareError. Allocation failures and aborts get their own codes; the rest is `internal`. */
  static from(error: unknown): PareError {
    if (error instanceof PareError) return error;
    if (error instanceof Error) {
      if (error.name === 'AbortError') return new PareError('cancelled', 'Cancelled.', { cause: error });
      if (error instanceof RangeError && isOutOfMemory(error.message)) {
        return new PareError('memory/exhausted', `Out of memory: ${error.message}`, {
          hint: 'Close other tabs, or use the command line, which has more memory.',
          cause: error,
        });
      }
      return new PareError('internal', error.message || error.name, { cause: error });
    }
    return new PareError('internal', String(error));
  }
}
