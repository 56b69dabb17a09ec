import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { PareError } from '../base/errors.ts';
import type { Port, RuntimeDType, Value } from './types.ts';

const DTYPES: ReadonlySet<string> = new Set<RuntimeDType>([
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
]);

const isDType = (type: string): type is RuntimeDType => DTYPES.has(type);

/** An input or output as ONNX Runtime describes it. Sequences, maps and dtypes that we do not carry are `other`. */
export function portOf(meta: InferenceSession.ValueMetadata): Port {
  if (!meta.isTensor) return { name: meta.name, dtype: 'other', dims: [] };
  const dtype = meta.type === 'string' ? 'string' : isDType(meta.type) ? meta.type : 'other';
  return {
    name: meta.name,
    dtype,
    dims: meta.shape.map((d) => (typeof d === 'number' && d >= 0 ? d : null)),
  };
}

/** @throws PareError `data/shape-mismatch` when a feed is not what the input takes */
export function checkFeed(port: Port, value: Value | undefined): void {
  const where = port.name;
  if (!value) {
    throw new PareError('data/shape-mismatch', `Input "${where}" was given nothing.`, {
      where,
      hint: 'Every input of the model needs data.',
    });
  }
  // The runtime gives no dims for a scalar and for an unknown rank alike; what is wrong then it says itself.
  const free = port.dims.length === 0;
  const fits =
    free || (value.dims.length === port.dims.length && port.dims.every((d, i) => d === null || d === value.dims[i]));
  if (value.dtype !== port.dtype || !fits) {
    const expected = port.dims.map((d) => d ?? '?').join('×');
    throw new PareError(
      'data/shape-mismatch',
      `Input "${where}" takes ${port.dtype} ${expected || 'scalar'} and was given ${value.dtype} ${value.dims.join('×') || 'scalar'}.`,
      { where, hint: 'Choose the layout and size that the model expects.' },
    );
  }
  const count = value.dims.reduce((a, b) => a * b, 1);
  if (value.data.length !== count) {
    throw new PareError(
      'data/shape-mismatch',
      `Input "${where}" has ${value.data.length} numbers for the shape ${value.dims.join('×') || 'scalar'}.`,
      { where },
    );
  }
}

/** A value as ONNX Runtime takes it. float16 goes in as bit patterns; its own constructor converts where it must. */
export function toTensor(ort: { Tensor: typeof Tensor }, value: Value): Tensor {
  return new ort.Tensor(value.dtype as 'float32', value.data as Float32Array, value.dims);
}

/** A tensor as our value. Where the engine has Float16Array the runtime gives one: its bits are taken out. */
export function fromTensor(name: string, tensor: Tensor): Value {
  if (!isDType(tensor.type)) {
    throw new PareError('runtime/failed', `Output "${name}" is of type ${tensor.type}, which Pare does not read.`, {
      where: name,
    });
  }
  const data = tensor.data as unknown as Value['data'];
  const bits =
    tensor.type === 'float16' && !(data instanceof Uint16Array)
      ? new Uint16Array(data.buffer, data.byteOffset, data.length)
      : data;
  return { dtype: tensor.type, dims: [...tensor.dims], data: bits };
}
