import { type Fact, type Infer, UNKNOWN } from '../context.ts';
import { type Dim, sameDim, unknownDim } from '../dims.ts';

/** What holds of a value that is one or the other. */
export function either(a: Fact, b: Fact): Fact {
  const dtype = a.dtype === b.dtype ? a.dtype : '';
  if (!a.dims || !b.dims || a.dims.length !== b.dims.length) return { dtype, dims: null };
  return { dtype, dims: a.dims.map((d, i) => (sameDim(d, b.dims![i]) ? d : unknownDim())) };
}

const branch: Infer = (c) => {
  const graphs = ['then_branch', 'else_branch'].map((name) => c.node.attribute.find((a) => a.name === name)?.g);
  const [yes, no] = graphs.map((g) => (g ? c.inner(g, []) : undefined));
  if (!yes || !no) return;
  // Of a condition that is known one branch is all there is; the other one is gone through all the same.
  const condition = c.ints(0)?.[0];
  for (let i = 0; i < c.outputs.length; i++) {
    const [a, b] = [yes[i] ?? UNKNOWN, no[i] ?? UNKNOWN];
    c.outputs[i] = condition === undefined ? either(a, b) : condition ? a : b;
  }
};

/** A value that the body may change from turn to turn: only its dtype is sure. */
const varying = (f: Fact): Fact => ({ dtype: f.dtype, dims: null });

const loop: Infer = (c) => {
  const body = c.node.attribute.find((a) => a.name === 'body')?.g;
  if (!body) return;
  const carried = body.input.length - 2;
  const start = Array.from({ length: Math.max(0, carried) }, (_, i) => c.in(i + 2));
  const counter: Fact = { dtype: 'int64', dims: [] };
  const flag: Fact = { dtype: 'bool', dims: [] };
  // Dims that come out of one turn as they went in stay that way in all; those that do not are unknown from the start.
  const bare = start.map((f): Fact => ({ dtype: f.dtype, dims: f.dims }));
  let outs = c.inner(body, [counter, flag, ...bare]);
  const stable = bare.map((f, i) => {
    const after = outs[i + 1];
    return (
      after?.dtype === f.dtype &&
      f.dims &&
      after.dims?.length === f.dims.length &&
      f.dims.every((d, k) => sameDim(d, after.dims![k]))
    );
  });
  if (stable.includes(false) || stable.includes(null)) {
    outs = c.inner(body, [counter, flag, ...bare.map((f) => varying(f))]);
  }
  const same = stable.every(Boolean);
  for (let i = 0; i < c.outputs.length; i++) {
    const out = outs[i + 1] ?? UNKNOWN;
    if (i < carried) c.outputs[i] = same ? { dtype: out.dtype, dims: out.dims } : varying(out);
    else c.outputs[i] = { dtype: out.dtype, dims: out.dims ? [unknownDim(), ...out.dims] : null };
  }
};

/** Scan: states pass through, the rest is taken one element at a time along an axis. */
const scan: Infer = (c) => {
  const body = c.node.attribute.find((a) => a.name === 'body')?.g;
  if (!body || c.version < 9) return;
  const scanned = c.int('num_scan_inputs', 0);
  const states = c.node.input.length - scanned;
  if (states < 0 || states > body.output.length) return;
  const axes = c.intList('scan_input_axes') ?? [];
  let length: Dim = null;
  const ins = c.node.input.map((_, i): Fact => {
    const f = c.in(i);
    if (i < states) return varying(f);
    const axis = axes[i - states] ?? 0;
    const at = f.dims ? (axis < 0 ? axis + f.dims.length : axis) : 0;
    length = f.dims?.[at] ?? length;
    return { dtype: f.dtype, dims: f.dims ? f.dims.filter((_, k) => k !== at) : null };
  });
  const outs = c.inner(body, ins);
  const outAxes = c.intList('scan_output_axes') ?? [];
  for (let i = 0; i < c.outputs.length; i++) {
    const out = outs[i] ?? UNKNOWN;
    // A state keeps its shape from step to step (Scan's specification).
    if (i < states) c.outputs[i] = { dtype: c.in(i).dtype || out.dtype, dims: c.dims(i) };
    else if (!out.dims) c.outputs[i] = varying(out);
    else {
      const axis = outAxes[i - states] ?? 0;
      const at = axis < 0 ? axis + out.dims.length + 1 : axis;
      c.outputs[i] = {
        dtype: out.dtype,
        dims: [...out.dims.slice(0, at), length ?? unknownDim(), ...out.dims.slice(at)],
      };
    }
  }
};

export const control: Record<string, Infer> = { If: branch, Loop: loop, Scan: scan };
