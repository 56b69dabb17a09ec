import { bytesOf } from '../../base/bytes.ts';
import type { Loan } from '../../base/memory.ts';
import { checkCancelled } from '../../base/progress.ts';
import type { Measured } from '../../kernels/loops/measure.ts';
import { simd } from '../../kernels/simd/module.ts';
import { arena, simdFor } from '../../kernels/simd/resident.ts';
import { comesInParts, floatParts, PARTS_BYTES } from '../../onnx/parts.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, rawToFloats, readRaw, sizeOf, viewAs } from '../../onnx/tensor.ts';
import type { Work } from '../ort/work.ts';
import { type Clamp, clampedHalves, halvesMeasured, MeasuredHalver } from './convert.ts';

type Made = { halves: Uint16Array<ArrayBuffer> } & Measured;

/** A float32 tensor as float16, computed when it is read. */
export function halved(tensor: TensorProto, clamp: Clamp, work: Work): TensorProto {
  const count = sizeOf(tensor);
  const dims = dimsOf(tensor);
  const tell = ({ halves, ...measured }: Made) => {
    work.tell(tensor, measured, count * 2, 'float16');
    return bytesOf(halves);
  };
  const whole = (out?: Loan) =>
    work.gate.runIn(count * 4, async (loan) => {
      checkCancelled(work.ctx.signal);
      const raw = await readRaw(tensor, loan);
      await work.gate.turn();
      const shape = work.measuredAs(tensor);
      if (!shape) return bytesOf(clampedHalves(viewAs(Uint32Array<ArrayBuffer>, raw), clamp));
      return tell(halvesMeasured(rawToFloats(raw, DataType.FLOAT), clamp, shape.dims, shape.detail, out?.take));
    });
  const inParts = (out?: Loan) =>
    work.gate.run(PARTS_BYTES, async () => {
      const detail = work.measuredAs(tensor)?.detail;
      let halver: MeasuredHalver | undefined;
      for await (const x of floatParts(tensor, arena, work.ctx)) {
        halver ??= new MeasuredHalver(count, clamp, dims, detail, simdFor(x, dims)!, out?.take);
        halver.add(x);
      }
      return tell(halver!.finish());
    });
  const compute = simd() && comesInParts(tensor) ? inParts : whole;
  return makeTensor(tensor.name, DataType.FLOAT16, dims, computedPayload(count * 2, compute));
}
