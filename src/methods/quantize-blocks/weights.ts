import { bytesOf } from '../../base/bytes.ts';
import { PareError } from '../../base/errors.ts';
import { handOver, type Kept, type Loan } from '../../base/memory.ts';
import { checkCancelled } from '../../base/progress.ts';
import { shared } from '../../base/shared.ts';
import { packNative } from '../../encodings/pack.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import { type Measured, measure } from '../../kernels/loops/measure.ts';
import { dtypeName, rawBytes } from '../../onnx/dtypes.ts';
import { floatsToBrains, floatsToHalves } from '../../onnx/float.ts';
import { computedPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import { naming } from '../ort/naming.ts';
import { transpose } from '../ort/transpose.ts';
import type { Work } from '../ort/work.ts';
import { kQuant, quantizeGroups, rtn } from './groups.ts';
import { quantizeHqq } from './hqq.ts';
import { type BlockLayout, type Blocks, blobOf, blocksOf, packZeros, restore } from './layout.ts';
import { quantizeNBits } from './nbits.ts';
import type { QuantizeBlocksOptions } from './options.ts';
import { bytesOfMatMul, bytesOfTable, type MatMulPlan, nameOfBlocks, scaleBytesOf } from './plan.ts';
import { quantizeQdq, restoreQdq } from './qdq.ts';
import { nbitsMeasured } from './strips.ts';
import { quantizeTable, restoreTable } from './table.ts';

/** The initializers of a quantized weight, in the reference's order. */
export type Initializers = readonly TensorProto[];

type View = ArrayBufferView<ArrayBuffer>;

/** Tensors that are filled from one computation, which runs when the first of them is read. */
class Filled<V> {
  readonly tensors: TensorProto[] = [];
  private readonly picked: ReturnType<typeof shared<V>>;

  constructor(compute: (out?: Loan) => Promise<V>) {
    this.picked = shared(compute);
  }

  add(name: string, dataType: number, dims: readonly number[], pick: (values: V, out?: Loan) => View): void {
    const size = rawBytes(
      dataType,
      dims.reduce((a, b) => a * b, 1),
    );
    const payload = computedPayload(
      size,
      this.picked((values, out) => bytesOf(pick(values, out))),
    );
    this.tensors.push(makeTensor(name, dataType, dims, payload));
  }
}

/** What a report measures a weight by. */
type Shape = NonNullable<ReturnType<Work['measuredAs']>>;

/**
 * What a weight becomes, and how far from it what that stands for is.
 * @param out lends memory for it
 * @param loan lends memory until it has been computed
 */
type Compute<V> = (
  x: Float32Array<ArrayBuffer>,
  shape: Shape | undefined,
  out: Loan | undefined,
  loan: Loan,
) => { values: V; measured?: Measured };

/** Reads a weight, in its turn, and tells what became of it. */
function computing<V>(
  tensor: TensorProto,
  work: Work,
  compute: Compute<V>,
  bytes: number,
  encoding: string,
): (out?: Loan) => Promise<V> {
  const count = tensor.dims.reduce((a, d) => a * Number(d), 1);
  return (out) =>
    work.gate.runIn(count * 4, async (loan) => {
      checkCancelled(work.ctx.signal);
      const x = await readFloats(tensor, loan);
      await work.gate.turn();
      const { values, measured } = naming(tensor.name, () => compute(x, work.measuredAs(tensor), out, loan));
      if (measured) work.tell(tensor, measured, bytes, encoding);
      if (measured && !Number.isFinite(measured.errors.signal)) {
        throw new PareError('recipe/not-applicable', `Tensor "${tensor.name}" holds NaN or infinity.`, {
          where: tensor.name,
          hint: 'Exclude the node that reads it, or export the model again.',
        });
      }
      return values;
    });
}

/** One after the other. */
function measuring<V>(
  compute: (x: Float32Array<ArrayBuffer>) => V,
  restored: (values: V) => Float32Array<ArrayBuffer>,
): Compute<V> {
  return (x, shape) => {
    const values = compute(x);
    return { values, ...(shape && { measured: measure(x, restored(values), shape.dims, shape.detail) }) };
  };
}

/** Scales in the weight's own dtype. */
function scalesAs(scales: Float32Array<ArrayBuffer>, dataType: number): View {
  if (dataType === DataType.FLOAT16) return floatsToHalves(scales);
  return dataType === DataType.BFLOAT16 ? floatsToBrains(scales) : scales;
}

/** A weight of K rows and N columns for MatMulNBits. @param names of integers, scales and zero points */
export function nbitsInitializers(
  tensor: TensorProto,
  layout: BlockLayout,
  plan: MatMulPlan,
  names: { q: string; scales: string; zeros: string },
  options: QuantizeBlocksOptions,
  work: Work,
): Initializers {
  const { algorithm } = options;
  const { N, bits, block } = layout;
  const type = tensor.dataType;
  const half = type === DataType.FLOAT16;
  const blocks = blocksOf(layout);
  const searched = measuring(
    (x): Blocks => {
      if (algorithm === 'HQQ') return quantizeHqq(x, layout);
      if (algorithm === 'RTN') return quantizeGroups(x, layout, rtn(bits as 4 | 8, plan.symmetric, half));
      if (algorithm === 'k_quant') return quantizeGroups(x, layout, kQuant(bits as 4 | 8));
      return quantizeNBits(x, layout, plan.symmetric, half);
    },
    (v) => restore(v, layout),
  );
  const compute: Compute<Blocks & { kept?: Kept }> = (x, shape, out, loan) => {
    if (algorithm !== 'DEFAULT' || !shape) return searched(x, shape, out, loan);
    const { place } = loan;
    const memory = { place, withdraw: out?.withdraw };
    const { blocks, measured } = nbitsMeasured(x, layout, plan.symmetric, half, shape, memory);
    const { packed } = blocks;
    if (packed.buffer !== x.buffer) return { values: blocks, measured };
    return { values: { ...blocks, kept: loan.keep!(packed, packed.length) }, measured };
  };
  const bytes = bytesOfMatMul(plan, layout.K, N, options, scaleBytesOf(dtypeName(type)));
  const name = nameOfBlocks(bits, block, plan.symmetric);
  const withZeros = algorithm === 'HQQ' || !plan.symmetric;
  const filled = new Filled(computing(tensor, work, compute, bytes, name));
  const scaleDims = algorithm === 'HQQ' ? [N * blocks] : [N, blocks];
  filled.add(names.q, DataType.UINT8, [N, blocks, blobOf(layout)], (v, out) => handOver(v.packed, v.kept, out));
  filled.add(names.scales, type, scaleDims, (v) => scalesAs(v.scales, type));
  if (algorithm === 'HQQ') filled.add(names.zeros, type, scaleDims, (v) => scalesAs(v.zeros, type));
  else if (withZeros) {
    filled.add(names.zeros, DataType.UINT8, [N, Math.ceil((blocks * bits) / 8)], (v) => packZeros(v.zeros, layout));
  }
  return filled.tensors;
}

/** A weight of K rows and N columns for DequantizeLinear and MatMul. @param across stored transposed, one block per row */
export function qdqInitializers(
  tensor: TensorProto,
  [K, N]: readonly [number, number],
  plan: MatMulPlan,
  across: boolean,
  work: Work,
  options: QuantizeBlocksOptions,
): Initializers {
  const type = tensor.dataType;
  const { block, symmetric } = plan;
  const blocks = Math.ceil(K / block);
  const integers = symmetric ? DataType.INT4 : DataType.UINT4;
  const bytes = bytesOfMatMul(plan, K, N, options, scaleBytesOf(dtypeName(type)));
  const filled = new Filled(
    computing(
      tensor,
      work,
      measuring(
        (x) => quantizeQdq(x, K, N, block, symmetric, type === DataType.FLOAT16),
        (v) => restoreQdq(v, N, block),
      ),
      bytes,
      nameOfBlocks(4, block, symmetric),
    ),
  );
  filled.add(`${tensor.name}_DQ_Q4`, integers, across ? [N, K] : [K, N], ({ q }) =>
    packNative(across ? transpose(q, K, N, new Int8Array(q.length)) : q, 4),
  );
  const dims = across ? [N, 1] : [blocks, N];
  filled.add(`${tensor.name}_DQ_scales`, type, dims, (v) => scalesAs(v.scales, type));
  if (!symmetric) filled.add(`${tensor.name}_DQ_zero_points`, integers, dims, (v) => packNative(v.zeros, 4));
  return filled.tensors;
}

/** A table for GatherBlockQuantized, in blocks along `axis`. */
export function tableInitializers(
  tensor: TensorProto,
  dims: readonly number[],
  axis: number,
  work: Work,
  options: QuantizeBlocksOptions,
): Initializers {
  const type = tensor.dataType;
  if (type === DataType.BFLOAT16) {
    throw new PareError('recipe/not-applicable', `Table "${tensor.name}" is bfloat16.`, { where: tensor.name });
  }
  const { blockSize: block, isSymmetric } = options;
  const grouping: Grouping = { dims, granularity: 'block', axis, block };
  const integers = isSymmetric ? DataType.INT4 : DataType.UINT4;
  const filled = new Filled(
    computing(
      tensor,
      work,
      measuring(
        (x) => quantizeTable(x, grouping, isSymmetric, type === DataType.FLOAT16),
        (v) => restoreTable(v, grouping),
      ),
      bytesOfTable(dims, axis, options, scaleBytesOf(dtypeName(type))),
      nameOfBlocks(4, block, isSymmetric),
    ),
  );
  const scaleDims = dims.map((d, i) => (i === axis ? Math.ceil(d / block) : d));
  filled.add(`${tensor.name}_Q4`, integers, dims, (v) => packNative(v.q, 4));
  filled.add(`${tensor.name}_scales`, type, scaleDims, (v) => scalesAs(v.scales, type));
  if (!isSymmetric) filled.add(`${tensor.name}_zero_points`, integers, scaleDims, (v) => packNative(v.zeros, 4));
  return filled.tensors;
}
