import type { Builder, Ref } from './builder.ts';

/** Layers from an input to logits. @param width a factor on every hidden width */
export type Architecture = (b: Builder, x: Ref, classes: number, width: number) => Ref;

const wide = (channels: number, width: number) => Math.max(1, Math.round(channels * width));

/** LeNet-300-100 (LeCun et al. 1998, §III); narrower for few features. */
export const mlp: Architecture = (b, x, classes, width) => {
  const flat = x.dims.length === 1 ? x : b.flatten(x);
  const [features] = flat.dims;
  const one = b.relu(b.dense('fc1', flat, wide(Math.min(300, 8 * features), width)));
  const two = b.relu(b.dense('fc2', one, wide(Math.min(100, 4 * features), width)));
  return b.dense('fc3', two, classes, 1);
};

/** LeNet-5 in Caffe's form; with padding where an image is too small to lose its edges. */
export const lenet: Architecture = (b, x, classes, width) => {
  const pad = Math.min(...x.dims.slice(1)) < 20 ? 2 : 0;
  const one = b.pool(b.conv('conv1', x, wide(20, width), 5, { pad }));
  const two = b.pool(b.conv('conv2', one, wide(50, width), 5, { pad }));
  const hidden = b.relu(b.dense('fc1', b.flatten(two), wide(500, width)));
  return b.dense('fc2', hidden, classes, 1);
};

/** Two convolutions of 64 and 128 channels of 3×3, and two fully connected layers, the first of 1024. */
export const cnn: Architecture = (b, x, classes, width) => {
  const one = b.pool(b.relu(b.conv('conv1', x, wide(64, width), 3, { pad: 1 })));
  const two = b.pool(b.relu(b.conv('conv2', one, wide(128, width), 3, { pad: 1 })));
  const hidden = b.relu(b.dense('fc1', b.flatten(two), wide(1024, width)));
  return b.dense('fc2', hidden, classes, 1);
};

/** A residual network as for CIFAR-10 (He et al. 2016, §4.2) with one block for each of its three sizes: 16, 32, 64 channels. */
export const resnet: Architecture = (b, x, classes, width) => {
  const normed = (name: string, from: Ref, c: number, kernel: number, stride: number) =>
    b.norm(`${name}.bn`, b.conv(name, from, c, kernel, { pad: kernel >> 1, stride, bias: false }));
  let y = b.relu(normed('stem', x, wide(16, width), 3, 1));
  for (const [i, channels] of [16, 32, 64].entries()) {
    const c = wide(channels, width);
    const stride = i === 0 ? 1 : 2;
    const name = `block${i + 1}`;
    const inner = b.relu(normed(`${name}.conv1`, y, c, 3, stride));
    const outer = normed(`${name}.conv2`, inner, c, 3, 1);
    const skip = stride === 1 ? y : normed(`${name}.skip`, y, c, 1, stride);
    y = b.relu(b.add(`${name}.sum`, outer, skip));
  }
  return b.dense('fc', b.flatten(b.mean(y)), classes, 1);
};
