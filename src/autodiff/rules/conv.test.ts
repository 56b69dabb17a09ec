import { test } from 'vitest';
import { checkRandom, type Draw } from '../testing/draw.ts';

/** Windows over one, two or three axes: odd sizes, strides that leave elements out, paddings of two different sides. */
function geometry(d: Draw, rank: number) {
  const kernel = d.dims(rank, 1, 3);
  const strides = d.dims(rank, 1, 3);
  const dilations = d.dims(rank, 1, 2);
  const reach = kernel.map((k, i) => (k - 1) * dilations[i] + 1);
  // Padding of less than the reach, as every runtime wants it.
  const pads = [...reach, ...reach].map((r) => d.int(0, Math.min(2, r - 1)));
  const spatial = reach.map((r) => r + d.int(0, 4));
  return { kernel, strides, dilations, pads, spatial, reach };
}

function convolution(d: Draw, rank: number, group: number, per: number, co: number) {
  const g = geometry(d, rank);
  const auto = d.pick(['NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID']);
  const dilations = auto.startsWith('SAME') ? g.dilations.map(() => 1) : g.dilations;
  const x = d.normal([d.int(1, 3), group * per, ...g.spatial]);
  const w = d.normal([group * co, per, ...g.kernel]);
  const bias = d.flag() ? [d.normal([group * co])] : [];
  return {
    op: 'Conv',
    inputs: [x, w, ...bias],
    attributes: {
      group,
      strides: g.strides,
      dilations,
      ...(auto === 'NOTSET' ? { pads: g.pads } : { auto_pad: auto }),
    },
  };
}

test('Conv over 1 to 3 axes, in groups or not', () =>
  checkRandom((d) => convolution(d, d.int(1, 3), d.int(1, 3), d.int(1, 2), d.int(1, 3)), 60));

test('depthwise Conv', () => checkRandom((d) => convolution(d, d.int(1, 2), d.int(2, 5), 1, d.int(1, 2)), 25));

test('Conv of 1×1, with strides', () =>
  checkRandom((d) => {
    const [ci, co] = d.dims(2, 1, 4);
    const strides = d.dims(2, 1, 2);
    return {
      op: 'Conv',
      inputs: [d.normal([2, ci, 5, 4]), d.normal([co, ci, 1, 1])],
      attributes: { strides },
    };
  }));

test('ConvTranspose with paddings, output padding, strides, dilations and groups', () =>
  checkRandom((d) => {
    const rank = d.int(1, 2);
    const group = d.int(1, 3);
    const [per, co] = d.dims(2, 1, 2);
    const g = geometry(d, rank);
    // Large enough for the paddings to leave something.
    const spatial = g.strides.map((s, i) => Math.ceil((g.pads[i] + g.pads[i + rank]) / s) + d.int(1, 3));
    // ONNX Runtime takes no output padding of a stride or more.
    const extra = g.strides.map((s) => d.int(0, s - 1));
    const bias = d.flag() ? [d.normal([group * co])] : [];
    return {
      op: 'ConvTranspose',
      inputs: [d.normal([d.int(1, 2), group * per, ...spatial]), d.normal([group * per, co, ...g.kernel]), ...bias],
      attributes: {
        group,
        strides: g.strides,
        dilations: g.dilations,
        pads: g.pads,
        ...(d.flag() && { output_padding: extra }),
      },
    };
  }, 40));
