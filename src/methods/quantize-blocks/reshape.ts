import { node as makeNode } from '../../onnx/build.ts';
import { DataType, type NodeProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { GraphEdit } from '../ort/graphs.ts';

/**
 * The nodes that give a product with a weight whose leading dims of 1 were dropped the shape it had: ones in front, as many as the
 * weight's rank is above the other operand's (matmul_nbits_quantizer.py, `_build_nbits_output_reshape`).
 * @param prefix what all names begin with
 * @param owner gets the constants
 */
export function restoreShape(
  a: string,
  rank: number,
  columns: number,
  product: string,
  output: string,
  prefix: string,
  owner: GraphEdit,
): NodeProto[] {
  const p = `${prefix}_${output}`;
  const ints = (name: string, dims: number[], value: number) => {
    owner.add(makeTensor(`${p}_${name}`, DataType.INT64, dims, BigInt64Array.of(BigInt(value))));
    return `${p}_${name}`;
  };
  const zero = ints('zero', [], 0);
  const one = ints('one', [], 1);
  const two = ints('two', [], 2);
  const oneVec = ints('one_vec', [1], 1);
  const rankB = ints('rank_b', [], rank);
  const nVec = ints('n_vec', [1], columns);
  const zeroVec = ints('zero_vec', [1], 0);
  const nodes: NodeProto[] = [];
  const op = (opType: string, inputs: string[], output: string, name: string, attributes = {}) => {
    nodes.push(makeNode(opType, inputs, [output], attributes, { name: `${p}_${name}` }));
    return output;
  };
  const shape = op('Shape', [a], `${p}_a_shape`, 'shape_a');
  const shapeOfShape = op('Shape', [shape], `${p}_a_shape_of_shape`, 'shape_of_a_shape');
  const rankA = op('Gather', [shapeOfShape, zero], `${p}_a_rank`, 'gather_rank');
  const effective = op('Max', [rankA, two], `${p}_a_rank_eff`, 'max_rank_eff');
  const raw = op('Sub', [rankB, effective], `${p}_extra_raw`, 'sub');
  const extra = op('Max', [raw, zero], `${p}_extra_count`, 'max');
  const extraVec = op('Reshape', [extra, oneVec], `${p}_extra_count_vec`, 'reshape_extra');
  const value = { tensor: makeTensor(`${p}_one_value`, DataType.INT64, [1], BigInt64Array.of(1n)) };
  const ones = op('ConstantOfShape', [extraVec], `${p}_extra_ones`, 'const_ones', { value });
  const less = op('Sub', [rankA, one], `${p}_a_rank_m1`, 'sub_one');
  const lessVec = op('Reshape', [less, oneVec], `${p}_a_rank_m1_vec`, 'reshape_rank_m1');
  const front = op('Slice', [shape, zeroVec, lessVec, zeroVec], `${p}_a_prefix_shape`, 'slice_a_prefix');
  const target = op('Concat', [ones, front, nVec], `${p}_target_shape`, 'concat_target', { axis: 0 });
  op('Reshape', [product, target], output, 'reshape_out');
  return nodes;
}
