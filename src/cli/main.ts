import { type ErrorCode, PareError } from '../base/errors.ts';
import { parseCommand, USAGE } from './arguments.ts';

/** 2 for how it was called, 3 for what it was given, 1 for anything else. */
function exitCode(code: ErrorCode): number {
  if (code === 'usage') return 2;
  return /^(model|data|recipe)\//.test(code) ? 3 : 1;
}

// The page's rooms are loaded only when their command runs, so that `--help` and bad usage answer at once.
async function run(argv: string[]): Promise<string> {
  const command = parseCommand(argv);
  if (command.name === 'help') return USAGE;
  const { model, options } = command;
  if (command.name === 'inspect') return (await import('./inspect.ts')).inspect(model, options.json ?? false);
  if (command.name === 'compress') return (await import('./compress.ts')).compressCommand(model, options);
  return (await import('./evaluate.ts')).evaluate(model, options);
}

try {
  const text = await run(process.argv.slice(2));
  // The runtime's threads would keep the process alive, and a pipe may still be taking the text.
  process.stdout.write(`${text}\n`, () => process.exit(0));
} catch (error) {
  const e = PareError.from(error);
  const line = `pare: ${e.code}: ${e.message}${e.hint ? ` — ${e.hint}` : ''}`.replace(/\s+/g, ' ');
  if (e.code === 'internal' && process.env.PARE_DEBUG) console.error(error);
  process.stderr.write(`${line}\n`, () => process.exit(exitCode(e.code)));
}
