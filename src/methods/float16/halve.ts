import { checkCancelled } from '../../base/progress.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, rawToFloats, readRaw, sizeOf, viewAs } from '../../onnx/tensor.ts';
import type { Work } from '../ort/work.ts';
import { type Clamp, clampedHalves, halvesMeasured } from './convert.ts';

/** A float32 tensor as float16, computed when it is read. */
export function halved(tensor: TensorProto, clamp: Clamp, work: Work): TensorProto {
  const count = sizeOf(tensor);
  const compute = () =>
    work.gate.runIn(count * 4, async (loan) => {
      checkCancelled(work.ctx.signal);
      const raw = await readRaw(tensor, loan);
      const shape = work.measuredAs(tensor);
      if (!shape) return new Uint8Array(clampedHalves(viewAs(Uint32Array<ArrayBuffer>, raw), clamp).buffer);
      const { halves, ...measured } = halvesMeasured(rawToFloats(raw, DataType.FLOAT), clamp, shape.dims, shape.axis);
      work.tell(tensor, measured, count * 2, 'float16');
      return new Uint8Array(halves.buffer);
    });
  return makeTensor(tensor.name, DataType.FLOAT16, dimsOf(tensor), computedPayload(count * 2, compute));
}
