import { parseArgs } from 'node:util';
import { PareError } from '../base/errors.ts';
import { PRESETS } from '../datasets/presets.ts';

export const USAGE = `usage:
  pare inspect  MODEL [--json]
  pare compress MODEL --recipe RECIPE -o OUT [--data DATASET] [--preset PRESET] [--student MODEL]… [--external]
                [--report REPORT.json] [--threads N] [--json]
  pare evaluate MODEL --data DATASET [--preset PRESET] [--against ORIGINAL] [--limit N] [--latency RUNS] [--threads N] [--json]

MODEL and OUT are .onnx files; external data lies beside them. RECIPE is a JSON file, or the JSON itself. A student is another
model that a step of the recipe asks for.
DATASET is an .npz, IDX pair (comma-separated), .csv, .zip or folder of images. PRESET is how its samples become input:
${PRESETS.map((p) => p.id).join(', ')}; by itself what the page would suggest.
Exit status: 0 done, 2 bad usage, 3 bad input, 1 anything else. Errors go to stderr as one line.`;

const OPTIONS = {
  json: { type: 'boolean' },
  recipe: { type: 'string' },
  data: { type: 'string' },
  output: { type: 'string', short: 'o' },
  report: { type: 'string' },
  external: { type: 'boolean' },
  student: { type: 'string', multiple: true },
  against: { type: 'string' },
  preset: { type: 'string' },
  limit: { type: 'string' },
  latency: { type: 'string' },
  threads: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export type Options = ReturnType<typeof parse>['values'];

function parse(argv: string[]) {
  return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true, strict: true });
}

/** Which options each command takes. */
const ALLOWED: Readonly<Record<string, readonly (keyof Options)[]>> = {
  inspect: ['json'],
  compress: ['recipe', 'data', 'output', 'report', 'external', 'student', 'preset', 'threads', 'json'],
  evaluate: ['data', 'against', 'preset', 'limit', 'latency', 'threads', 'json'],
};

export type Command = { name: 'help' } | { name: 'inspect' | 'compress' | 'evaluate'; model: string; options: Options };

function usage(message: string): PareError {
  return new PareError('usage', message, { hint: 'pare --help lists the commands.' });
}

/** The command line as a command. @throws PareError `usage` */
export function parseCommand(argv: string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw usage((error as Error).message.split('. ')[0]);
  }
  const { values: options, positionals } = parsed;
  const [name, model, ...rest] = positionals;
  if (options.help || name === 'help') return { name: 'help' };
  if (!name) throw usage('No command was given.');
  const allowed = ALLOWED[name];
  if (!allowed) throw usage(`"${name}" is no command.`);
  if (!model) throw usage(`${name} needs a MODEL.`);
  if (rest.length) throw usage(`"${rest[0]}" is one argument too many.`);
  for (const key of Object.keys(options) as (keyof Options)[]) {
    if (!allowed.includes(key)) throw usage(`${name} does not take --${key}.`);
  }
  return { name: name as 'inspect', model, options };
}

/** A whole number option. @throws PareError `usage` */
export function whole(text: string | undefined, name: string, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw usage(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
}

/** An option that a command cannot do without. @throws PareError `usage` */
export function needed(text: string | undefined, command: string, option: string): string {
  if (text === undefined) throw usage(`${command} needs ${option}.`);
  return text;
}
