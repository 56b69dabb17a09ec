import { test } from 'vitest';
import type { Tape } from '../tape.ts';
import { checkRandom, type Draw } from '../testing/draw.ts';

function windows(d: Draw) {
  const rank = d.int(1, 2);
  const kernel = d.dims(rank, 1, 3);
  // Where a window would begin past the data, shape inference and kernels of ONNX Runtime disagree on whether it is one: with the
  // size rounded up, such windows are kept out.
  const up = d.int(0, 1);
  return {
    spatial: kernel.map((k) => k + d.int(0, 4)),
    attributes: {
      kernel_shape: kernel,
      strides: kernel.map((k) => d.int(1, up ? k : 3)),
      pads: [...kernel.map((k) => d.int(0, k - 1)), ...kernel.map((k) => (up ? 0 : d.int(0, k - 1)))],
      ceil_mode: up,
    },
  };
}

test('MaxPool, windows overlapping or leaving gaps', () =>
  checkRandom((d) => {
    const { spatial, attributes } = windows(d);
    return { op: 'MaxPool', inputs: [d.distinct([2, d.int(1, 2), ...spatial])], attributes };
  }, 30));

test('MaxPool as WebGPU can do it', () =>
  checkRandom((d) => {
    const { spatial, attributes } = windows(d);
    const inputs = [d.distinct([2, d.int(1, 2), ...spatial])];
    const prepare = ({ tape }: { tape: Tape }) => {
      tape.backend = 'webgpu';
    };
    return { op: 'MaxPool', inputs, attributes, prepare };
  }, 30));

test('AveragePool, padding counted or not', () =>
  checkRandom((d) => {
    const { spatial, attributes } = windows(d);
    return {
      op: 'AveragePool',
      inputs: [d.normal([2, d.int(1, 2), ...spatial])],
      attributes: { ...attributes, count_include_pad: d.int(0, 1) },
    };
  }, 40));

test.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', (op) =>
  checkRandom((d) => ({ op, inputs: [d.distinct(d.dims(d.int(3, 4), 1, 4))] })),
);
