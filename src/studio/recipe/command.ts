import { referencesOf } from '../../recipe/references.ts';
import { type Recipe, recipeText } from '../../recipe/schema.ts';

/** A word of a POSIX shell: as it is when it is plain, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Beside the recipe and the two names. */
export interface CommandOptions {
  /** Whether weights go to a file of their own. */
  readonly external?: boolean;
  /** What is calibrated on or learned from: the paths of its files, and the name of how samples become input, if it has one. */
  readonly data?: { readonly paths: readonly string[]; readonly preset?: string | undefined } | undefined;
}

/** The files of a dataset as `--data` takes them: by name, or the one folder that they are all in. */
function dataWord(paths: readonly string[]): string {
  const [top] = paths[0].split('/');
  const folder = paths.every((path) => path.startsWith(`${top}/`));
  return shellWord(folder ? `./${top}` : paths.map((path) => `./${path}`).join(','));
}

/**
 * The same compression on the command line, in a checkout of Pare: the recipe is written to a file first.
 * @param model the model's file name @param output the compressed file's name
 */
export function commandLine(
  recipe: Recipe,
  model: string,
  output: string,
  { external, data }: CommandOptions = {},
): string {
  const file = shellWord(`./${output.replace(/(\.pare)?\.onnx$/, '')}.recipe.json`);
  const names = new Set(referencesOf(recipe).map((r) => r.name));
  const students = Array.from(names, (name) => ` --student ${shellWord(`./${name}`)}`).join('');
  const preset = data?.preset ? ` --preset ${shellWord(data.preset)}` : '';
  const samples = data ? ` --data ${dataWord(data.paths)}${preset}` : '';
  return [
    `printf '%s\\n' ${shellWord(recipeText(recipe))} > ${file}`,
    // A name that begins with a dash would be read as an option.
    `npm run -s pare -- compress ${shellWord(`./${model}`)} --recipe ${file} -o ${shellWord(`./${output}`)}${external ? ' --external' : ''}${students}${samples}`,
  ].join(' &&\n  ');
}
