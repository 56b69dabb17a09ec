import type { Model } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { scopes } from '../../onnx/scopes.ts';
import type { Device, Finding, RecipeEdit } from './preflight.ts';

/** Operators that ONNX Runtime's WebGPU provider has no kernel for, measured with 1.30 (docs/DESIGN.md, section 5). */
const NOT_ON_WEBGPU = new Set([
  'QuantizeLinear',
  'DynamicQuantizeLinear',
  'ConvInteger',
  'MatMulInteger',
  'QAttention',
  'QEmbedLayerNormalization',
  'DynamicQuantizeLSTM',
]);

/** What is wrong with a written model on a device: kernels that are missing, sums that saturate, headers that lie. */
export function deviceFindings(
  model: Model,
  options: Record<string, unknown>,
  device: Device,
  step: number,
): Finding[] {
  const nodes: NodeProto[] = [];
  const tensors = new Map<string, TensorProto>();
  for (const scope of scopes(model.proto)) {
    nodes.push(...scope.nodes);
    for (const t of scope.graph?.initializer ?? []) tensors.set(t.name, t);
  }
  const out: Finding[] = [];
  const say = (key: string, severity: Finding['severity'], values: Finding['values'], fix?: RecipeEdit) =>
    out.push({ key, severity, step, values, ...(fix && { fix }) });
  const dynamic = options.method === 'quantize-dynamic';
  const isSigned = (n: NodeProto) => tensors.get(n.input[1])?.dataType === DataType.INT8;

  if (device.backend === 'webgpu') {
    const missing = nodes.filter((n) => NOT_ON_WEBGPU.has(n.opType));
    if (missing.length) {
      const ops = [...new Set(missing.map((n) => n.opType))].join(', ');
      const fix = dynamic ? { step, replace: { method: 'quantize-blocks', blockSize: 32 } } : undefined;
      say('webgpu-falls-back', 'warning', { ops, count: missing.length }, fix);
    }
  }
  const conv = nodes.filter((n) => n.opType === 'ConvInteger' && isSigned(n));
  if (conv.length) {
    // ONNX Runtime has had a kernel for them since 1.30 only.
    say('conv-int8-needs-new-runtime', 'warning', { count: conv.length }, { step, set: { weightType: 'QUInt8' } });
  }
  const products = nodes.filter((n) => (n.opType === 'MatMulInteger' || n.opType === 'ConvInteger') && isSigned(n));
  // Bytes times signed bytes are added in pairs to 16 bits where there is no VNNI. WASM was measured to be exact.
  if (products.length && device.backend === 'cpu' && device.vnni !== true && !options.reduceRange) {
    say('saturates-without-vnni', 'warning', { count: products.length }, { step, set: { reduceRange: true } });
  }
  if (options.method === 'quantize-blocks' && options.algorithm === 'HQQ' && options.bits === 8) {
    say('hqq-8-bit-does-not-run', 'error', {}, { step, set: { bits: 4 } });
  }
  const accuracy = options.accuracyLevel;
  if (
    options.method === 'quantize-blocks' &&
    options.quantFormat === 'QOperator' &&
    accuracy !== 4 &&
    device.backend === 'cpu'
  ) {
    // Measured on a CPU with 8-bit dot products: three times as fast at 64 rows.
    say('accuracy-level-4-is-faster', 'info', {}, { step, set: { accuracyLevel: 4 } });
  }
  return out;
}
