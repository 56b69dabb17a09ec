import { referencesOf } from '../../recipe/references.ts';
import { type Recipe, recipeText } from '../../recipe/schema.ts';

/** A word of a POSIX shell: as it is when it is plain, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The same compression on the command line, in a checkout of Pare: the recipe is written to a file first.
 * @param model the model's file name @param output the compressed file's name
 * @param external whether weights go to a file of their own
 */
export function commandLine(recipe: Recipe, model: string, output: string, external = false): string {
  const file = shellWord(`./${output.replace(/(\.pare)?\.onnx$/, '')}.recipe.json`);
  const names = new Set(referencesOf(recipe).map((r) => r.name));
  const students = Array.from(names, (name) => ` --student ${shellWord(`./${name}`)}`).join('');
  return [
    `printf '%s\\n' ${shellWord(recipeText(recipe))} > ${file}`,
    // A name that begins with a dash would be read as an option.
    `npm run -s pare -- compress ${shellWord(`./${model}`)} --recipe ${file} -o ${shellWord(`./${output}`)}${external ? ' --external' : ''}${students}`,
  ].join(' &&\n  ');
}
