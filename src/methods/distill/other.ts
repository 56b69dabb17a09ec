import { logitsOf } from '../../autodiff/losses.ts';
import { PareError } from '../../base/errors.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import type { Inputs, MethodContext } from '../types.ts';
import { compressedStudent } from './compressed.ts';
import { contextWith } from './context.ts';
import { fitted } from './fit.ts';
import type { DistillOptions } from './options.ts';
import type { Student } from './student.ts';

/**
 * Another model that the user brought, with the weights it came with, in the original's place: its graph is its own, its inputs and
 * outputs go by the original's names (`fit.ts`). Zeros stay, weights are rounded and quantized models learn as in the compressed model.
 * @throws PareError `recipe/model-missing` where the file is not at hand, `recipe/not-applicable` where it does not fit the original,
 * and as `compressedStudent`
 */
export async function otherStudent(first: Inputs, o: DistillOptions, ctx: MethodContext): Promise<Student> {
  const { name, sha256 } = o.model!;
  const found = await ctx.models?.({ name, sha256 });
  if (!found) {
    throw new PareError(
      'recipe/model-missing',
      `The student "${name}" (SHA-256 ${sha256.slice(0, 12)}…) was not opened.`,
      {
        hint: 'Drop the file at this step; on the command line name it with --student FILE.',
      },
    );
  }
  const { model, fittings } = fitted(found, ctx.original);
  await sameAnswers(model, found.name, first, ctx);
  for (const { key, values } of fittings) ctx.note({ step: ctx.step, key, values });
  for (const { name: output } of mainGraph(model).output) {
    const [mine, theirs] = [model, ctx.original].map((m) => logitsOf(m, output).name !== output);
    if (mine !== theirs)
      ctx.note({ step: ctx.step, key: mine ? 'student-softmax' : 'student-logits', values: { output } });
  }
  // Its tensors may be called as others of the original are, beside which their changes would be shown.
  const student = await compressedStudent(model, model, o, contextWith(ctx, { report: () => {} }));
  return { ...student, finish: async (learned) => ({ ...(await student.finish(learned)), name: ctx.original.name }) };
}

/** Runs both for the same batch. @throws PareError `recipe/not-applicable` where outputs have other shapes, or the student cannot run */
async function sameAnswers(student: Model, name: string, first: Inputs, ctx: MethodContext): Promise<void> {
  const theirs = await outputDims(ctx.original, first, ctx);
  const own = await outputDims(student, first, ctx).catch((error) => {
    const { code, message } = PareError.from(error);
    if (!/^runtime\/failed|^data\//.test(code)) throw error;
    throw new PareError('recipe/not-applicable', `${name} does not run on what the original takes. ${message}`, {
      hint: 'A student needs the inputs of the original, in the same shapes.',
      cause: error,
    });
  });
  for (const [output, dims] of theirs) {
    const mine = own.get(output) ?? [];
    if (mine.join() === dims.join()) continue;
    throw new PareError(
      'recipe/not-applicable',
      `${name} gives [${mine.join(', ')}] as "${output}" for a batch where the original gives [${dims.join(', ')}].`,
      { hint: 'A student needs as many classes, or numbers, as the original gives.' },
    );
  }
}

async function outputDims(model: Model, first: Inputs, ctx: MethodContext): Promise<Map<string, readonly number[]>> {
  const session = await ctx.openSession(model);
  const found = await session.run(first).finally(() => session.release());
  return new Map(mainGraph(model).output.map(({ name }) => [name, found[name]?.dims ?? []]));
}
