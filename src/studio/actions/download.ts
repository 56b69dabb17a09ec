import { MiB } from '../../base/limits.ts';
import { recipeText } from '../../recipe/schema.ts';
import { storageError } from '../../storage/opfs.ts';
import { saveBlob } from '../../ui/exportChart.ts';
import { type NamedBlob, saveFiles } from '../../ui/saveFiles.ts';
import { outputName, resultIsCurrent } from '../current.ts';
import { i18n } from '../i18n/index.ts';
import { showFault } from '../state/faults.ts';
import { studio } from '../state/store.ts';

/** Files this large go straight to where they are wanted; smaller ones are downloads like any other. */
const LARGE = 256 * MiB;

const stem = (): string => outputName(studio.getState()).replace(/(\.pare)?\.onnx$/, '');

/**
 * Saves the compressed model, and its external data where it has some. Compresses first when the recipe has changed since. Large
 * files, and two that must lie side by side, go to a place that the person picks.
 */
export async function downloadModel(): Promise<void> {
  if (!resultIsCurrent(studio.getState())) await studio.getState().compress();
  const s = studio.getState();
  // A failed or cancelled run says so beside the recipe.
  if (!s.result || !resultIsCurrent(s)) return;
  const { file, external } = s.result;
  const files: NamedBlob[] = [{ name: outputName(s), blob: file }];
  if (external) files.push({ name: external.name, blob: external });
  if (!external && file.size < LARGE) return saveBlob(file, files[0].name);
  try {
    await saveFiles(files);
  } catch (error) {
    showFault(studio.setState, 'storage', storageError(error, files[0].name));
  }
}

/** Saves the external data under the name that the model knows it by. */
export function downloadExternal(): void {
  const file = studio.getState().result?.external;
  if (file) saveBlob(file, file.name);
}

/** Saves the recipe as the command line reads it. */
export function downloadRecipe(): void {
  const text = `${recipeText(studio.getState().recipe, 2)}\n`;
  saveBlob(new Blob([text], { type: 'application/json' }), `${stem()}.recipe.json`);
}

/** Saves the report: one HTML file in the page's language. */
export async function downloadReport(): Promise<void> {
  const { htmlReport } = await import('../report/report.ts');
  const html = htmlReport(studio.getState(), i18n.t, i18n.language, new Date());
  saveBlob(new Blob([html], { type: 'text/html;charset=utf-8' }), `${stem()}.report.html`);
}
