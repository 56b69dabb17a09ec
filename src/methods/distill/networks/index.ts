import { logitsOf } from '../../../autodiff/losses.ts';
import { withParameters } from '../../../autodiff/prepare.ts';
import { PareError } from '../../../base/errors.ts';
import { graph, modelProto, valueInfo } from '../../../onnx/build.ts';
import { type Model, mainGraph } from '../../../onnx/model.ts';
import { DataType } from '../../../onnx/proto.ts';
import type { Inputs, MethodContext } from '../../types.ts';
import { layoutOf } from '../augment.ts';
import { learnableOf } from '../learnable.ts';
import { type DistillOptions, type NETWORKS, widthOf } from '../options.ts';
import type { Student } from '../student.ts';
import { type Architecture, cnn, lenet, mlp, resnet } from './architectures.ts';
import { Builder, type Ref } from './builder.ts';

export type NetworkName = (typeof NETWORKS)[number];

const ARCHITECTURES: Readonly<Record<NetworkName, Architecture>> = { mlp, lenet, cnn, resnet };

/** Sides that an image needs to be worth a convolution. */
const LEAST_SIDE = 4;
const OPSET = 17;
/** Weights of the largest network that is made here. */
const MOST_WEIGHTS = 1 << 27;

/** What a network is made for. */
export interface Shape {
  /** The input: its name, and the dims of a batch of it. */
  readonly input: string;
  readonly dims: readonly number[];
  /** dtype of the input, in onnx's numbers. */
  readonly dataType: number;
  readonly output: string;
  readonly classes: number;
  /** Whether the answer is to be probabilities. */
  readonly softmax: boolean;
}

/**
 * A network with random weights for data of a shape, for any batch.
 * @throws PareError `recipe/not-applicable` for a network of convolutions without images, or one that would be absurdly large
 */
export function makeNetwork(name: NetworkName, shape: Shape, width: number, seed: number): Model {
  const b = new Builder(seed);
  const [, ...sample] = shape.dims;
  let x: Ref = { name: shape.input, dims: sample };
  if (shape.dataType !== DataType.FLOAT)
    x = b.op('Cast', [x.name], { ...x, name: 'input_float' }, { to: DataType.FLOAT });
  const image = layoutOf(shape.dims);
  if (name !== 'mlp') {
    if (!image || Math.min(image.height, image.width) < LEAST_SIDE) {
      throw new PareError(
        'recipe/not-applicable',
        `A "${name}" needs images of ${LEAST_SIDE} pixels a side at least, not [${sample}].`,
        {
          hint: 'Choose the multi-layer perceptron.',
        },
      );
    }
    const { channels, height, width: across, steps } = image;
    if (steps[2] !== 1) {
      const dims = [channels, height, across];
      x = b.op('Transpose', [x.name], { name: 'input_channels_first', dims }, { perm: [0, 3, 1, 2] });
    }
  }
  const sides = sample.reduce((n, d) => n * d, 1);
  if (sides * width * 1024 > MOST_WEIGHTS) {
    throw new PareError('recipe/not-applicable', `A network made here for [${sample}] would be too large.`, {
      hint: 'Choose a smaller width, or smaller images.',
    });
  }
  const logits = ARCHITECTURES[name](b, x, shape.classes, width);
  if (shape.softmax) b.op('Softmax', [logits.name], { ...logits, name: shape.output }, { axis: 1 });
  else b.op('Identity', [logits.name], { ...logits, name: shape.output });
  const batch = 'batch';
  const proto = modelProto(
    graph(
      name,
      b.nodes,
      [valueInfo(shape.input, shape.dataType, [batch, ...sample])],
      [valueInfo(shape.output, DataType.FLOAT, [batch, shape.classes])],
      b.tensors,
    ),
    OPSET,
  );
  return { name: `${name}.onnx`, proto, bytes: 0, external: [] };
}

/**
 * A student of another architecture, in the original's place: it takes its input and gives its first output.
 * @throws PareError `recipe/not-applicable` for originals with several inputs, or whose answer is not one row for each sample
 */
export async function networkStudent(
  name: NetworkName,
  master: Model,
  first: Inputs,
  o: DistillOptions,
  ctx: MethodContext,
): Promise<Student> {
  const model = makeNetwork(name, await shapeOf(master, first, ctx), widthOf(o), ctx.seed);
  const { train, noDecay, rates } = await learnableOf(model, { ...o, keepZeros: false });
  return {
    ...{ model, train, noDecay, rates, masks: new Map(), quantizers: new Map(), fresh: true },
    finish: async ({ parameters }) => withParameters({ ...model, name: master.name }, parameters),
  };
}

async function shapeOf(original: Model, first: Inputs, ctx: MethodContext): Promise<Shape> {
  const g = mainGraph(original);
  const names = Object.keys(first);
  const [output] = g.output;
  const session = await ctx.openSession(original);
  const found = await session.run(first, [output.name]).finally(() => session.release());
  const { dims } = found[output.name];
  const [input] = names;
  if (names.length !== 1 || dims.length !== 2 || first[input].dims.length < 2 || dims[0] !== first[input].dims[0]) {
    throw new PareError(
      'recipe/not-applicable',
      'A network made here takes one input and gives one row of answers for each sample; the original does not.',
      { hint: 'Let the compressed model itself learn.' },
    );
  }
  const type = g.input.find((v) => v.name === input)?.type?.value;
  return {
    input,
    dims: first[input].dims,
    dataType: type?.case === 'tensorType' ? type.value.elemType : DataType.FLOAT,
    output: output.name,
    classes: dims[1],
    softmax: logitsOf(original, output.name).name !== output.name,
  };
}
