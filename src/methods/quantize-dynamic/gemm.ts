import { attrFloat, attrInt } from '../../onnx/attributes.ts';
import { node as makeNode } from '../../onnx/build.ts';
import { dtypeOf } from '../../onnx/dtypes.ts';
import { computedPayload } from '../../onnx/payload.ts';
import type { GraphProto, NodeProto, TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readRaw, viewAs } from '../../onnx/tensor.ts';
import { GraphEdit, withBodies } from '../ort/graphs.ts';
import { transpose } from '../ort/transpose.ts';
import { bodies } from '../ort/types.ts';
import type { Work } from '../ort/work.ts';

/**
 * Every Gemm with alpha = beta = 1 and transA = 0 becomes MatMul, and Add where it has a third input: onnx_model.py,
 * `replace_gemm_with_matmul`. A constant B with transB is stored transposed, under its own name.
 *
 * The reference then gives the transposed B to the other nodes that read it too, and transposes it again for the next
 * Gemm. Here a B that others read gets a transposed copy, and Gemms share one.
 */
export function gemmsToMatMul(graph: GraphProto, work: Work): GraphProto {
  return rewrite(graph, work, undefined);
}

function rewrite(graph: GraphProto, work: Work, parent: GraphEdit | undefined): GraphProto {
  const edit = new GraphEdit(graph, parent);
  for (const original of graph.node) {
    const n = withBodies(original, (body) => rewrite(body, work, edit));
    if (isPlainGemm(n)) edit.nodes.push(...split(n, edit, work));
    else edit.nodes.push(n);
  }
  return edit.finish();
}

function isPlainGemm(n: NodeProto): boolean {
  return (
    n.opType === 'Gemm' &&
    attrFloat(n, 'alpha', 1) === 1 &&
    attrFloat(n, 'beta', 1) === 1 &&
    attrInt(n, 'transA', 0) === 0
  );
}

function split(gemm: NodeProto, edit: GraphEdit, work: Work): NodeProto[] {
  const out: NodeProto[] = [];
  const named = (suffix: string) => (gemm.name ? { name: gemm.name + suffix } : {});
  const [a, , c] = gemm.input;
  const [y] = gemm.output;
  let b = gemm.input[1];
  if (attrInt(gemm, 'transB', 0) === 1) {
    const constant = edit.find(b);
    if (constant) b = transposedConstant(constant.tensor, constant.owner, work);
    else {
      out.push(makeNode('Transpose', [b], [`${b}_Transposed`], {}, named('_Transpose')));
      b = `${b}_Transposed`;
    }
  }
  const bias = gemm.input.length > 2;
  out.push(makeNode('MatMul', [a, b], [bias ? `${y}_MatMul` : y], {}, named('_MatMul')));
  if (bias) out.push(makeNode('Add', [`${y}_MatMul`, c], [y], {}, named('_Add')));
  return out;
}

/** The name under which the owner now has the transposed tensor. */
function transposedConstant(tensor: TensorProto, owner: GraphEdit, work: Work): string {
  const shared = readByOthers(owner.graph.node, tensor.name);
  const name = shared ? `${tensor.name}_Transposed` : tensor.name;
  const original = owner.graph.initializer.find((t) => t.name === tensor.name)!;
  // Another Gemm has had it transposed already.
  if (shared ? owner.initializer(name) : tensor !== original) return name;
  const [rows, columns] = dimsOf(original);
  const bits = dtypeOf(original.dataType)?.bits ?? 32;
  const View = { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array }[bits] ?? Float64Array;
  const copy = makeTensor(
    name,
    original.dataType,
    [columns, rows],
    computedPayload((rows * columns * bits) / 8, async () => {
      const x = viewAs(View as Uint32ArrayConstructor, await readRaw(original)) as Uint32Array<ArrayBuffer>;
      const y = transpose(x, rows, columns, new View(x.length) as typeof x);
      return new Uint8Array(y.buffer, y.byteOffset, y.byteLength);
    }),
  );
  work.derive(original, copy);
  owner.add(copy);
  owner.dropInput(name);
  return name;
}

/** Whether something else than a Gemm's transposed B reads the value. */
function readByOthers(nodes: readonly NodeProto[], name: string): boolean {
  return nodes.some(
    (n) =>
      n.input.some((x, i) => x === name && !(i === 1 && isPlainGemm(n) && attrInt(n, 'transB', 0) === 1)) ||
      bodies(n).some((g) => g.output.some((v) => v.name === name) || readByOthers(g.node, name)),
  );
}
