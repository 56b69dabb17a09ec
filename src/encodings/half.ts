import { floatsToHalves } from '../onnx/float.ts';
import { DataType } from '../onnx/proto.ts';
import { Draft } from './draft.ts';

/** A weight stored as float16 and widened by Cast. */
export function halfDraft(dims: readonly number[], out: { dataType: number }): Draft<Float32Array<ArrayBuffer>> {
  const draft = new Draft<Float32Array<ArrayBuffer>>();
  const half = draft.store('half', DataType.FLOAT16, dims, floatsToHalves);
  draft.op('Cast', [half], out.dataType === DataType.BFLOAT16 ? 13 : 9, { to: out.dataType });
  return draft;
}
