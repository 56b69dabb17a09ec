/** Where graphs run. `wasm` is onnxruntime's CPU provider; `webgpu` its native GPU provider. */
export type Backend = 'wasm' | 'webgpu';

/** The typed array behind each dtype that a runtime takes or gives. float16 travels as its bit patterns. */
export interface TensorData {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
}
export type RuntimeDType = keyof TensorData;

/** A tensor on its way into or out of a session: row-major, dims in elements. */
export interface Value<T extends RuntimeDType = RuntimeDType> {
  readonly dtype: T;
  readonly dims: readonly number[];
  readonly data: TensorData[T];
}

/**
 * A tensor where the backend left it: in the GPU's memory, or, on WASM, in memory like any other. It is fed as it is, without a
 * copy on WebGPU.
 */
export interface Resident {
  readonly dtype: RuntimeDType;
  readonly dims: readonly number[];
  /** Its numbers, downloaded where they are on a GPU. Do not write to them. */
  read(): Promise<Value>;
  /** Gives GPU memory back. Not to be fed or read any more. */
  release(): void;
}

/** A model's input or output as the runtime sees it; a null dim is free, and no dims are a scalar or an unknown rank. */
export interface Port {
  readonly name: string;
  readonly dtype: RuntimeDType | 'string' | 'other';
  readonly dims: readonly (number | null)[];
}

export interface SessionOptions {
  backend?: Backend;
  /** Set before the runtime starts; later values are ignored (its thread pool is made once). */
  threads?: number;
  /** External data, by the location the model names. */
  external?: readonly { path: string; data: Uint8Array<ArrayBuffer> }[];
  /** `all` by default; `off` to see the graph as written. */
  optimize?: 'off' | 'basic' | 'all';
  /** Runs a quantized graph as floats (`session.disable_quant_qdq`). Off by default. */
  foldQuantization?: boolean;
  /** Outputs that `runResident` leaves where they are computed. */
  keepOnDevice?: readonly string[];
}

/** A loaded model. One run at a time; `release` gives its memory back. */
export interface Session {
  readonly backend: Backend;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** @throws PareError `runtime/failed`, `memory/exhausted`, `data/shape-mismatch` */
  run(feeds: Readonly<Record<string, Value>>, fetches?: readonly string[]): Promise<Record<string, Value>>;
  /** Runs with inputs that may be on the device, and gives the outputs of `keepOnDevice` as such. @throws as `run` */
  runResident(
    feeds: Readonly<Record<string, Value | Resident>>,
  ): Promise<{ values: Record<string, Value>; resident: Record<string, Resident> }>;
  release(): Promise<void>;
}
