import * as v from 'valibot';

/** What learns: the model as compressed so far, a narrower copy of the original, another model, or a network made here. */
export const STUDENTS = ['compressed', 'narrow', 'model', 'mlp', 'lenet', 'cnn', 'resnet'] as const;
export const NETWORKS = ['mlp', 'lenet', 'cnn', 'resnet'] as const;
export const TEACHERS = ['original', 'input', 'labels'] as const;
export const INITIALS = ['teacher', 'random'] as const;
export const LOSSES = ['auto', 'classification', 'regression'] as const;
export const OPTIMIZERS = ['adam', 'adamw', 'sgd'] as const;
export const SCHEDULES = ['cosine', 'constant'] as const;
export const BATCH_NORMS = ['frozen', 'batch'] as const;
export const BESTS = ['auto', 'accuracy', 'loss'] as const;

export const WIDTH = { min: 0.05, max: 2 } as const;
export const EPOCHS = { min: 1, max: 10_000, default: 10 } as const;
export const STEPS = { min: 1, max: 10_000_000 } as const;
export const BATCH = { min: 1, max: 4096, default: 64 } as const;
export const RATE = { min: 1e-7, max: 10, default: 1e-3 } as const;
export const TEMPERATURE = { min: 1, max: 50, default: 4 } as const;
export const HELD_OUT = { min: 0, max: 0.5, default: 0.1 } as const;
export const SHIFT = { min: 0, max: 64 } as const;
export const QUANTIZED_BITS = { min: 2, max: 8 } as const;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const within = ({ min, max }: { min: number; max: number }) =>
  v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));
const whole = (limits: { min: number; max: number }) => v.pipe(within(limits), v.integer());

const augment = v.strictObject({
  /** Pixels that an image is moved by at most, each way; what comes in repeats the edge. */
  shift: v.optional(whole(SHIFT), 0),
  /** Every other image is mirrored left to right. */
  flip: v.optional(v.boolean(), false),
  /** Up to this share of each side is cut away, and the rest stretched to the full size. */
  crop: v.optional(within({ min: 0, max: 0.9 }), 0),
  /**
   * Each sample is blended with another at random, and the teacher answers for the blend (Beyer et al. 2022, "Knowledge distillation: a
   * good teacher is patient and consistent"). Where labels teach too it is left out, since they name no blends.
   */
  mix: v.optional(v.boolean(), false),
});

const quantization = v.strictObject({
  /** Of the weights. */
  bits: v.optional(whole(QUANTIZED_BITS), 8),
  scheme: v.optional(v.picklist(['symmetric', 'asymmetric']), 'symmetric'),
  granularity: v.optional(v.picklist(['tensor', 'channel']), 'channel'),
  /** Bits of the activations that layers take; they stay floats without it. */
  activations: v.optional(whole(QUANTIZED_BITS)),
  /** Smaller weights stay float: 1024, as `quantize-weights` has it, or 0 where activations are rounded too. */
  minElements: v.optional(whole({ min: 0, max: 2 ** 31 })),
});

/** A file beside the original, named so that a recipe alone decides what comes of it. */
const model = v.strictObject({
  /** What it is called, for people. */
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  /** Of its bytes, external data behind them in the order in which the model names it. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')),
});

const schema = v.strictObject({
  method: v.literal('distill'),
  student: v.optional(v.picklist(STUDENTS), 'compressed'),
  /** The student, where it is another model. */
  model: v.optional(model),
  /** Of `narrow` the share of channels that stay (0.5 by default); of a network made here a factor on its widths (1). */
  width: v.optional(within(WIDTH)),
  /** Where a narrow student begins: with the teacher's weights of its channels, or anew. */
  initialise: v.optional(v.picklist(INITIALS), 'teacher'),
  /** `input` is the model that comes into this step; `labels` learns from the labels alone, which is how a teacher is trained. */
  teacher: v.optional(v.picklist(TEACHERS), 'original'),
  /** By the data and the outputs where `auto`: classes where there are labels or a softmax, or two logits and more for a sample. */
  loss: v.optional(v.picklist(LOSSES), 'auto'),
  /** Softens teacher and student alike (Hinton et al. 2015). */
  temperature: v.optional(within(TEMPERATURE), TEMPERATURE.default),
  /** Share of the labels in the loss, where there are any; the rest is the teacher's. */
  alpha: v.optional(share, 0.3),
  /** Values inside the model that are to be alike in teacher and student, by name. */
  features: v.optional(v.array(v.string()), []),
  /** Weight of each, over the mean square of the teacher's value. */
  featureWeight: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 1),
  /** Zeros of pruned weights stay zeros. */
  keepZeros: v.optional(v.boolean(), true),
  epochs: v.optional(whole(EPOCHS), EPOCHS.default),
  /** Updates, in place of epochs. */
  steps: v.optional(whole(STEPS)),
  batchSize: v.optional(whole(BATCH), BATCH.default),
  optimizer: v.optional(v.picklist(OPTIMIZERS), 'adam'),
  rate: v.optional(within(RATE), RATE.default),
  momentum: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.9999)), 0.9),
  /** PyTorch's meaning of each optimizer; of weights alone, not of biases, norms and scales. */
  weightDecay: v.optional(share, 0),
  schedule: v.optional(v.picklist(SCHEDULES), 'cosine'),
  /** Share of the steps in which the rate rises. */
  warmup: v.optional(share, 0.05),
  /** Largest norm of all gradients together. */
  clipNorm: v.optional(v.pipe(v.number(), v.finite(), v.minValue(1e-6))),
  /** `batch` for students with random weights and `frozen` for others, unless given. */
  batchNorm: v.optional(v.picklist(BATCH_NORMS)),
  /** Nodes without a gradient stop with an error that names them, or count as constants, so that nothing before them learns. */
  unknownOps: v.optional(v.picklist(['error', 'constant']), 'error'),
  augment: v.optional(augment, {}),
  /** Share of the data that judges and is not learned from; with 0 the last weights are kept. */
  heldOut: v.optional(within(HELD_OUT), HELD_OUT.default),
  /** By what the best is chosen: accuracy, unless fewer than 200 samples judge, whose steps are too coarse. */
  best: v.optional(v.picklist(BESTS), 'auto'),
  /** Updates from one judgement to the next; an epoch without it. */
  evaluateEvery: v.optional(whole(STEPS)),
  /** Rounds weights, and activations on request, while learning, so that a quantizing step that comes later finds them adapted. */
  quantization: v.optional(quantization),
  /** By tensor name: a tensor to be left as it is. */
  layers: v.optional(v.record(v.string(), v.strictObject({ skip: v.optional(v.boolean()) })), {}),
});

/** Options of `distill`, every default filled in. */
export const distillSchema = v.pipe(
  schema,
  v.forward(
    v.check((o) => o.student !== 'model' || o.model !== undefined, 'expected the name and sha256 of the student'),
    ['model'],
  ),
  v.forward(
    v.check(
      (o) => o.student === 'model' || o.model === undefined,
      'expected no model beside a student of another kind',
    ),
    ['model'],
  ),
  v.forward(
    v.check((o) => o.student !== 'model' || o.width === undefined, 'expected no width: another model has its own'),
    ['width'],
  ),
  v.forward(
    v.check(
      (o) => o.student !== 'model' || o.initialise === 'teacher',
      'expected no random weights: another model begins with those it came with',
    ),
    ['initialise'],
  ),
);

export type DistillOptions = v.InferOutput<typeof distillSchema>;
export type Quantization = NonNullable<DistillOptions['quantization']>;
export type Augment = DistillOptions['augment'];

/** The width with its default. */
export function widthOf({ student, width }: Pick<DistillOptions, 'student' | 'width'>): number {
  return width ?? (student === 'narrow' ? 0.5 : 1);
}
