import * as v from 'valibot';
import { PareError } from '../base/errors.ts';
import { specs } from '../methods/specs.ts';
import type { MethodName } from '../methods/types.ts';

/** One step as written: a method's name and its options. */
export type Step = { method: MethodName } & Record<string, unknown>;

/** The only state that decides an output. Plain JSON. */
export interface Recipe {
  /** Version of the format. */
  pare: 1;
  seed: number;
  steps: Step[];
}

const MAX_STEPS = 64;

const envelope = v.strictObject({
  pare: v.literal(1),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)), 0),
  steps: v.pipe(v.array(v.looseObject({ method: v.string() })), v.maxLength(MAX_STEPS)),
});

/** `steps[1].sparsity`, from a valibot path below `prefix`. */
function pathOf(issue: v.BaseIssue<unknown>, prefix: string): string {
  let path = prefix;
  for (const item of issue.path ?? []) {
    path += typeof item.key === 'number' ? `[${item.key}]` : path ? `.${String(item.key)}` : String(item.key);
  }
  return path || 'recipe';
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The first fault as an error that names its place: `steps[1].sparsity: expected 0…1, got 1.5`. */
function invalid(issue: v.BaseIssue<unknown>, prefix: string): PareError {
  const path = pathOf(issue, prefix);
  const known = issue.type === 'strict_object' && issue.expected === 'never';
  const message = known ? `${path}: unknown key` : `${path}: expected ${expectation(issue)}, got ${shown(issue.input)}`;
  return new PareError('recipe/invalid', message, {
    where: path,
    hint: 'Correct the recipe; docs/RECIPES.md lists every option.',
  });
}

/** What was expected: a schema's own words where it gives some, else valibot's. */
function expectation(issue: v.BaseIssue<unknown>): string {
  const own = /^expected (.*)$/i.exec(issue.message)?.[1];
  return own ?? (issue.expected ?? issue.type).replaceAll('"', '').replaceAll('>=', '≥ ').replaceAll('<=', '≤ ');
}

/** Defaults filled in, and everything checked. @throws PareError `recipe/invalid` with the path to the fault */
export function parseRecipe(input: unknown): Recipe {
  const outer = v.safeParse(envelope, input);
  if (!outer.success) throw invalid(outer.issues[0], '');
  const steps = outer.output.steps.map((step, i) => parseStep(step, `steps[${i}]`));
  return { pare: 1, seed: outer.output.seed, steps };
}

/** One step with its defaults. @param path where it stands, for the error */
export function parseStep(step: unknown, path = 'step'): Step {
  const name = (step as { method?: unknown } | null)?.method;
  const method = specs.find((m) => m.name === name);
  if (!method) {
    throw new PareError(
      'recipe/invalid',
      `${path}.method: expected one of ${specs.map((m) => m.name).join(', ')}, got ${shown(name)}`,
      {
        where: `${path}.method`,
      },
    );
  }
  const parsed = v.safeParse(method.schema, step);
  if (!parsed.success) throw invalid(parsed.issues[0], path);
  return parsed.output as Step;
}

/** A recipe from text. @throws PareError `recipe/invalid` */
export function parseRecipeText(text: string): Recipe {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PareError('recipe/invalid', `The recipe is not JSON: ${(cause as Error).message}`, { cause });
  }
  return parseRecipe(json);
}

/** The recipe as it is saved and as the model's metadata names it: defaults left in, keys in a fixed order. */
export function recipeText(recipe: Recipe, indent?: number): string {
  return JSON.stringify({ pare: recipe.pare, seed: recipe.seed, steps: recipe.steps }, null, indent);
}
