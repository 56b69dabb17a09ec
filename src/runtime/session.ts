import type { InferenceSession } from 'onnxruntime-web';
import { PareError } from '../base/errors.ts';
import { runtimeClock } from './clock.ts';
import { runtimeFailure } from './failure.ts';
import { loadRuntime } from './load.ts';
import type { Backend, Port, Session, SessionOptions, Value } from './types.ts';
import { checkFeed, fromTensor, portOf, toTensor } from './values.ts';

/** One thing at a time per backend: the WebGPU build cannot do two, and the WASM build would do them in turn anyway. */
const turns: Record<Backend, Promise<unknown>> = { wasm: Promise.resolve(), webgpu: Promise.resolve() };

function inTurn<T>(backend: Backend, work: () => Promise<T>): Promise<T> {
  const turn = turns[backend].then(work, work);
  turns[backend] = turn.catch(() => {});
  return turn;
}

const LEVELS = { off: 'disabled', basic: 'basic', all: 'all' } as const;

function ortOptions(options: SessionOptions, backend: Backend): InferenceSession.SessionOptions {
  return {
    executionProviders: [backend],
    graphOptimizationLevel: LEVELS[options.optimize ?? 'all'],
    enableCpuMemArena: true,
    enableMemPattern: true,
    logSeverityLevel: 4,
    ...(options.external?.length && { externalData: options.external.map(({ path, data }) => ({ path, data })) }),
    ...(options.foldQuantization && { extra: { session: { disable_quant_qdq: '1' } } }),
  };
}

/**
 * Loads a model. Its bytes are copied into the runtime's heap and may be let go.
 * @throws PareError `runtime/unavailable` when the backend cannot start, `runtime/unsupported-op`, `memory/exhausted`,
 * `runtime/failed`
 */
export async function openSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const backend = options.backend ?? 'wasm';
  const ort = await loadRuntime(backend, options.threads);
  return inTurn(backend, async () => {
    let inner: InferenceSession;
    try {
      inner = await ort.InferenceSession.create(bytes, ortOptions(options, backend));
    } catch (error) {
      throw runtimeFailure(error, backend, 'load the model');
    }
    return new OrtSession(ort, inner, backend);
  });
}

class OrtSession implements Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  private released = false;

  constructor(
    private readonly ort: Awaited<ReturnType<typeof loadRuntime>>,
    private readonly inner: InferenceSession,
    readonly backend: Backend,
  ) {
    this.inputs = inner.inputMetadata.map(portOf);
    this.outputs = inner.outputMetadata.map(portOf);
  }

  run(feeds: Readonly<Record<string, Value>>, fetches?: readonly string[]): Promise<Record<string, Value>> {
    return inTurn(this.backend, async () => {
      if (this.released) throw new PareError('internal', 'A released session was run.');
      const tensors: InferenceSession.FeedsType = Object.fromEntries(
        this.inputs.map((port) => {
          checkFeed(port, feeds[port.name]);
          return [port.name, toTensor(this.ort, feeds[port.name])];
        }),
      );
      const start = performance.now();
      let results: InferenceSession.ReturnType;
      try {
        results = await (fetches ? this.inner.run(tensors, fetches) : this.inner.run(tensors));
      } catch (error) {
        throw runtimeFailure(error, this.backend, 'run the model');
      } finally {
        runtimeClock.ms += performance.now() - start;
        runtimeClock.runs++;
      }
      return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, fromTensor(name, t)]));
    });
  }

  release(): Promise<void> {
    if (this.released) return Promise.resolve();
    this.released = true;
    return inTurn(this.backend, () => this.inner.release());
  }
}
