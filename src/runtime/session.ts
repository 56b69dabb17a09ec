import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { PareError } from '../base/errors.ts';
import { runtimeClock } from './clock.ts';
import { runtimeFailure } from './failure.ts';
import { loadRuntime } from './load.ts';
import type { Backend, Port, Resident, RuntimeDType, Session, SessionOptions, Value } from './types.ts';
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
    ...(backend === 'webgpu' &&
      options.keepOnDevice?.length && {
        preferredOutputLocation: Object.fromEntries(options.keepOnDevice.map((name) => [name, 'gpu-buffer' as const])),
      }),
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
    return new OrtSession(ort, inner, backend, new Set(options.keepOnDevice));
  });
}

/** A tensor of ONNX Runtime's, on whichever device. */
class OrtResident implements Resident {
  readonly dtype: RuntimeDType;
  readonly dims: readonly number[];
  /** Reading moves a tensor to the CPU, as ONNX Runtime sees it, but leaves its buffer behind. */
  private readonly buffered: boolean;

  constructor(
    private readonly name: string,
    readonly tensor: Tensor,
  ) {
    this.buffered = tensor.location === 'gpu-buffer';
    this.dtype = tensor.type as RuntimeDType;
    this.dims = tensor.dims;
  }

  async read(): Promise<Value> {
    if (this.tensor.location !== 'gpu-buffer') return fromTensor(this.name, this.tensor);
    return inTurn('webgpu', async () => {
      const data = (await this.tensor.getData()) as Value['data'];
      return { dtype: this.dtype, dims: this.dims, data };
    });
  }

  release(): void {
    if (this.buffered) this.tensor.dispose();
  }
}

class OrtSession implements Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  private released = false;

  constructor(
    private readonly ort: Awaited<ReturnType<typeof loadRuntime>>,
    private readonly inner: InferenceSession,
    readonly backend: Backend,
    private readonly kept: ReadonlySet<string>,
  ) {
    this.inputs = inner.inputMetadata.map(portOf);
    this.outputs = inner.outputMetadata.map(portOf);
  }

  async run(feeds: Readonly<Record<string, Value>>, fetches?: readonly string[]): Promise<Record<string, Value>> {
    const results = await this.execute(feeds, fetches);
    const values: Record<string, Value> = {};
    for (const [name, t] of results) values[name] = await new OrtResident(name, t).read();
    return values;
  }

  async runResident(feeds: Readonly<Record<string, Value | Resident>>) {
    const values: Record<string, Value> = {};
    const resident: Record<string, Resident> = {};
    for (const [name, t] of await this.execute(feeds)) {
      if (this.kept.has(name)) resident[name] = new OrtResident(name, t);
      else values[name] = fromTensor(name, t);
    }
    return { values, resident };
  }

  private execute(
    feeds: Readonly<Record<string, Value | Resident>>,
    fetches?: readonly string[],
  ): Promise<[name: string, tensor: Tensor][]> {
    return inTurn(this.backend, async () => {
      if (this.released) throw new PareError('internal', 'A released session was run.');
      const tensors: InferenceSession.FeedsType = Object.fromEntries(
        this.inputs.map((port) => [port.name, this.feed(port, feeds[port.name])]),
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
      return Object.entries(results) as [string, Tensor][];
    });
  }

  private feed(port: Port, value: Value | Resident | undefined): Tensor {
    if (value instanceof OrtResident) return value.tensor;
    checkFeed(port, value as Value | undefined);
    return toTensor(this.ort, value as Value);
  }

  release(): Promise<void> {
    if (this.released) return Promise.resolve();
    this.released = true;
    return inTurn(this.backend, () => this.inner.release());
  }
}
