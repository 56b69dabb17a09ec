import type { Model } from '../../../onnx/model.ts';
import { type Built, conv, imageStep, Net } from './nets.ts';

/** Multi-head attention on [batch, tokens, width], with a projection for each of queries, keys and values or one for all. */
function attention(net: Net, x: Built): Built {
  const [n, t, d] = x.dims;
  const [heads, size] = [3, 2 + net.r.int(2)];
  const width = heads * size;
  const project = (out: number) => {
    const y = net.add('MatMul', [x.name, net.floats([d, out])], [n, t, out]);
    return net.add('Add', [net.floats([out]), y.name], y.dims);
  };
  let parts: Built[];
  if (net.r.int(2)) {
    const all = net.reshape(project(3 * width), [n, t, 3, heads, size]);
    const front = net.add('Transpose', [all.name], [3, n, heads, t, size], { perm: [2, 0, 3, 1, 4] });
    parts = net.r.int(2)
      ? [0, 1, 2].map((i) => net.add('Gather', [front.name, net.ints([i], [])], [n, heads, t, size], { axis: 0 }))
      : net.split(front, 0, [1, 1, 1]).map((p) => net.add('Squeeze', [p.name, net.ints([0])], [n, heads, t, size]));
  } else {
    parts = [0, 1, 2].map(() => {
      const apart = net.reshape(project(width), [n, t, heads, size]);
      return net.add('Transpose', [apart.name], [n, heads, t, size], { perm: [0, 2, 1, 3] });
    });
  }
  const [q, k, v] = parts;
  const turned = net.add('Transpose', [k.name], [n, heads, size, t], { perm: [0, 1, 3, 2] });
  const scores = net.add('MatMul', [q.name, turned.name], [n, heads, t, t]);
  const even = net.add('Softmax', [scores.name], scores.dims, { axis: -1 });
  const mixed = net.add('MatMul', [even.name, v.name], [n, heads, t, size]);
  const back = net.add('Transpose', [mixed.name], [n, t, heads, size], { perm: [0, 2, 1, 3] });
  const joined = net.reshape(back, [n, t, width]);
  return net.add('MatMul', [joined.name, net.floats([width, d])], x.dims);
}

/** A transformer's block with LayerNormalization before both parts. */
function transformerBlock(net: Net, x: Built): Built {
  const [n, t, d] = x.dims;
  const norm = (v: Built) =>
    net.add('LayerNormalization', [v.name, net.floats([d]), net.floats([d])], v.dims, { axis: -1 });
  const attended = net.add('Add', [x.name, attention(net, norm(x)).name], x.dims);
  const wide = net.add('MatMul', [norm(attended).name, net.floats([d, 6])], [n, t, 6]);
  const active = net.add('Relu', [net.add('Add', [wide.name, net.floats([6])], wide.dims).name], wide.dims);
  const narrow = net.add('MatMul', [active.name, net.floats([6, d])], x.dims);
  return net.add('Add', [attended.name, narrow.name], x.dims);
}

/** For tests: a random network of all that channels are followed through, images first, then a head or a transformer. */
export function randomNet(seed: number, steps = 9): Model {
  const net = new Net(seed);
  const x: Built = { name: 'x', dims: [2, 3, 4, 4] };
  let at = conv(net, x, 6);
  const pool = [at];
  for (let i = 0; i < steps; i++) {
    at = imageStep(net, net.r.int(4) ? at : pool[net.r.int(pool.length)], pool);
    if (at.dims[1] > 24) at = conv(net, at, 8, { k: 1 });
    if (at.dims[1] < 2) at = conv(net, at, 6, { k: 1 });
    pool.push(at);
  }
  const [n, c, h, w] = at.dims;
  if (net.r.int(3) === 0) {
    const flat = net.reshape(at, [n, c, h * w]);
    let tokens = net.add('Transpose', [flat.name], [n, h * w, c], { perm: [0, 2, 1] });
    tokens = net.add('Add', [tokens.name, net.floats([1, h * w, c])], tokens.dims);
    tokens = transformerBlock(net, transformerBlock(net, tokens));
    const mean = net.add('ReduceMean', [tokens.name], [n, c], { axes: [1], keepdims: 0 });
    const weight = net.floats([5, c]);
    return net.model(x, [net.add('Gemm', [mean.name, weight, net.floats([5])], [n, 5], { transB: 1 })]);
  }
  const flat = net.r.int(2) ? net.add('Flatten', [at.name], [n, c * h * w]) : net.reshape(at, [n, c * h * w]);
  const hidden = net.add('Gemm', [flat.name, net.floats([c * h * w, 7]), net.floats([7])], [n, 7]);
  const active = net.add('Relu', [hidden.name], hidden.dims);
  const out = net.add('Gemm', [active.name, net.floats([5, 7]), net.floats([1, 5])], [n, 5], { transB: 1 });
  // Sometimes a value in the middle is asked for too.
  return net.model(x, net.r.int(4) === 0 ? [out, pool[net.r.int(pool.length)]] : [out]);
}
