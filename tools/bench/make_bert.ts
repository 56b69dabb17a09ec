import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Random } from '../../src/base/random.ts';
import { fileSink } from '../../src/cli/files.ts';
import { graph, modelProto, node, valueInfo } from '../../src/onnx/build.ts';
import { computedPayload } from '../../src/onnx/payload.ts';
import { DataType, type NodeProto, type TensorProto } from '../../src/onnx/proto.ts';
import { makeTensor } from '../../src/onnx/tensor.ts';
import { writeModel } from '../../src/onnx/write.ts';

/** The shape of a BERT encoder (Devlin et al., 2018). The defaults are BERT-base, uncased: 108,891,648 weights. */
export interface BertShape {
  layers: number;
  hidden: number;
  /** Must divide `hidden`. */
  heads: number;
  /** Width of the feed-forward layer. */
  intermediate: number;
  vocab: number;
  /** Longest sequence. */
  positions: number;
  seed: number;
}

export const BERT_BASE: Readonly<BertShape> = {
  layers: 12,
  hidden: 768,
  heads: 12,
  intermediate: 3072,
  vocab: 30_522,
  positions: 512,
  seed: 0,
};

/** The same encoder with 1,072,713,728 weights: 4.29 GB, which only external data can hold. */
export const BERT_LARGE: Readonly<BertShape> = {
  ...BERT_BASE,
  layers: 20,
  hidden: 2048,
  heads: 16,
  intermediate: 8192,
};

const OPSET = 17;
/** Standard deviation of BERT's initial weights, and about that of trained ones. */
const STD = 0.02;
/** What is added to the score of a masked token before Softmax, as in BERT's own code. */
const MASKED = -10_000;

/** Gathers nodes and initializers as an exporter would write them: one name per value, every node named. */
class Builder {
  readonly nodes: NodeProto[] = [];
  readonly tensors: TensorProto[] = [];
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** Adds a node under `name`; its one output is returned. */
  op(opType: string, name: string, input: string[], attributes: Parameters<typeof node>[3] = {}): string {
    const output = `${name}_output_0`;
    this.nodes.push(node(opType, input, [output], attributes, { name }));
    return output;
  }

  /**
   * Seeded float32 weights, mean + STD·normal, computed when they are written. Each tensor has its own stream, so that
   * computing one again, or in another order, gives the same.
   */
  weights(name: string, dims: number[], mean = 0): string {
    const count = dims.reduce((a, b) => a * b, 1);
    const stream = Math.imul(this.seed + 1, 0x9e3779b1) ^ this.tensors.length;
    const compute = async () => {
      const random = new Random(stream);
      const values = new Float32Array(count);
      for (let i = 0; i < count; i++) values[i] = mean + STD * random.normal();
      return new Uint8Array(values.buffer);
    };
    this.tensors.push(makeTensor(name, DataType.FLOAT, dims, computedPayload(count * 4, compute)));
    return name;
  }

  /** A float32 scalar. */
  scalar(name: string, value: number): string {
    this.tensors.push(makeTensor(name, DataType.FLOAT, [], Float32Array.of(value)));
    return name;
  }

  /** An int64 vector, or a scalar when a number is given. */
  ints(name: string, values: number[] | number): string {
    const list = typeof values === 'number' ? [values] : values;
    const dims = typeof values === 'number' ? [] : [list.length];
    this.tensors.push(makeTensor(name, DataType.INT64, dims, BigInt64Array.from(list.map(BigInt))));
    return name;
  }

  /** x·W + b, as PyTorch's exporter writes a Linear on three dimensions. */
  linear(name: string, x: string, from: number, to: number): string {
    const product = this.op('MatMul', `/${name}/MatMul`, [x, this.weights(`${name}.weight`, [from, to])]);
    return this.op('Add', `/${name}/Add`, [this.weights(`${name}.bias`, [to]), product]);
  }

  layerNorm(name: string, x: string, width: number): string {
    const scale = this.weights(`${name}.weight`, [width], 1);
    const bias = this.weights(`${name}.bias`, [width]);
    return this.op('LayerNormalization', `/${name}/LayerNormalization`, [x, scale, bias], {
      axis: -1,
      epsilon: { float: 1e-12 },
    });
  }
}

/** Word, position and token-type embeddings, added and normalized. */
function embeddings(b: Builder, s: BertShape): string {
  const at = (part: string) => `/embeddings/${part}`;
  const table = (name: string, rows: number) => b.weights(`embeddings.${name}_embeddings.weight`, [rows, s.hidden]);
  const word = b.op('Gather', at('word/Gather'), [table('word', s.vocab), 'input_ids']);
  const type = b.op('Gather', at('token_type/Gather'), [table('token_type', 2), 'token_type_ids']);
  const shape = b.op('Shape', at('Shape'), ['input_ids'], { start: 1, end: 2 });
  const length = b.op('Squeeze', at('Squeeze'), [shape, b.ints('axes.0', [0])]);
  const range = b.op('Range', at('Range'), [b.ints('zero', 0), length, b.ints('one', 1)]);
  const position = b.op('Gather', at('position/Gather'), [table('position', s.positions), range]);
  const sum = b.op('Add', at('Add'), [word, type]);
  return b.layerNorm('embeddings.LayerNorm', b.op('Add', at('Add_1'), [sum, position]), s.hidden);
}

/** What is added to the attention scores: 0 where the mask is 1, MASKED where it is 0; N×1×1×T. */
function maskBias(b: Builder): string {
  const float = b.op('Cast', '/mask/Cast', ['attention_mask'], { to: DataType.FLOAT });
  const wide = b.op('Unsqueeze', '/mask/Unsqueeze', [float, b.ints('axes.1.2', [1, 2])]);
  const hidden = b.op('Sub', '/mask/Sub', [b.scalar('mask.one', 1), wide]);
  return b.op('Mul', '/mask/Mul', [hidden, b.scalar('mask.masked', MASKED)]);
}

function attention(b: Builder, s: BertShape, name: string, x: string, mask: string): string {
  const at = (part: string) => `/${name}/${part}`;
  const split = (part: string, perm: number[]) => {
    const y = b.linear(`${name}.${part}`, x, s.hidden, s.hidden);
    const cut = b.op('Reshape', at(`${part}/Reshape`), [y, 'heads.split']);
    return b.op('Transpose', at(`${part}/Transpose`), [cut], { perm });
  };
  const query = split('query', [0, 2, 1, 3]);
  const key = split('key', [0, 2, 3, 1]);
  const value = split('value', [0, 2, 1, 3]);
  const scores = b.op('Div', at('Div'), [b.op('MatMul', at('MatMul'), [query, key]), 'attention.scale']);
  const weights = b.op('Softmax', at('Softmax'), [b.op('Add', at('Add'), [scores, mask])], { axis: -1 });
  const mixed = b.op('Transpose', at('Transpose'), [b.op('MatMul', at('MatMul_1'), [weights, value])], {
    perm: [0, 2, 1, 3],
  });
  return b.op('Reshape', at('Reshape'), [mixed, 'heads.join']);
}

/** x·½·(1 + erf(x/√2)), node by node. */
function gelu(b: Builder, name: string, x: string): string {
  const at = (part: string) => `/${name}/${part}`;
  const erf = b.op('Erf', at('Erf'), [b.op('Div', at('Div'), [x, 'gelu.sqrt2'])]);
  const product = b.op('Mul', at('Mul'), [x, b.op('Add', at('Add'), [erf, 'gelu.one'])]);
  return b.op('Mul', at('Mul_1'), [product, 'gelu.half']);
}

/** One post-norm transformer layer. */
function layer(b: Builder, s: BertShape, name: string, x: string, mask: string): string {
  const context = attention(b, s, `${name}.attention.self`, x, mask);
  const out = b.linear(`${name}.attention.output.dense`, context, s.hidden, s.hidden);
  const sum = b.op('Add', `/${name}/attention/output/Add`, [out, x]);
  const middle = b.layerNorm(`${name}.attention.output.LayerNorm`, sum, s.hidden);
  const wide = gelu(
    b,
    `${name}.intermediate.gelu`,
    b.linear(`${name}.intermediate.dense`, middle, s.hidden, s.intermediate),
  );
  const narrow = b.linear(`${name}.output.dense`, wide, s.intermediate, s.hidden);
  return b.layerNorm(`${name}.output.LayerNorm`, b.op('Add', `/${name}/output/Add`, [narrow, middle]), s.hidden);
}

/**
 * Writes a BERT encoder as one ONNX file, opset 17, one tensor in memory at a time and at most 64 MiB ahead. The weights are
 * inside, or in `PATH.data` beside it.
 * Inputs `input_ids`, `attention_mask`, `token_type_ids`: int64, batch×sequence, both dynamic; output
 * `last_hidden_state`: float32, batch×sequence×hidden. The same shape and seed give the same bytes.
 * @returns bytes of the file, or of both, and number of float weights
 * @throws PareError `model/limit` past 2 GB with the weights inside
 */
export async function makeBert(
  shape: Partial<BertShape>,
  path: string,
  external = false,
): Promise<{ bytes: number; weights: number }> {
  const s = { ...BERT_BASE, ...shape };
  if (s.hidden % s.heads !== 0) throw new Error(`${s.heads} heads do not divide a hidden size of ${s.hidden}`);
  const b = new Builder(s.seed);
  b.ints('heads.split', [0, 0, s.heads, s.hidden / s.heads]);
  b.ints('heads.join', [0, 0, s.hidden]);
  b.scalar('attention.scale', Math.sqrt(s.hidden / s.heads));
  b.scalar('gelu.sqrt2', Math.SQRT2);
  b.scalar('gelu.one', 1);
  b.scalar('gelu.half', 0.5);
  const mask = maskBias(b);
  let x = embeddings(b, s);
  for (let i = 0; i < s.layers; i++) x = layer(b, s, `encoder.layer.${i}`, x, mask);
  b.nodes.at(-1)!.output = ['last_hidden_state'];
  const ids = ['input_ids', 'attention_mask', 'token_type_ids'];
  const inputs = ids.map((name) => valueInfo(name, DataType.INT64, ['batch', 'sequence']));
  const output = valueInfo('last_hidden_state', DataType.FLOAT, ['batch', 'sequence', s.hidden]);
  const proto = modelProto(graph('bert', b.nodes, inputs, [output], b.tensors), OPSET);
  const written = await writeModel({ name: 'bert', proto, bytes: 0, external: [] }, await fileSink(path), {
    ...(external && { external: { name: `${basename(path)}.data`, sink: await fileSink(`${path}.data`) } }),
  });
  const weights = b.tensors
    .filter((t) => t.dims.length > 0 && t.dataType === DataType.FLOAT)
    .reduce((sum, t) => sum + Number(t.dims.reduce((a, d) => a * d, 1n)), 0);
  return { bytes: written.bytes + written.externalBytes, weights };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = process.argv[2];
  if (!path) throw new Error('usage: tsx tools/bench/make_bert.ts OUT.onnx');
  console.log(await makeBert({}, path));
}
