import type { DroppedFile } from '../../ui/droppedFiles.ts';
import { engine } from '../bridge/workers.ts';
import { studio } from '../state/store.ts';
import { view } from '../view.ts';
import { sortDrop } from './drop.ts';

/** Runs `proceed`, after asking when something the person made would be lost by it. */
function askFirst(about: 'replace' | 'clear', proceed: () => void): void {
  const { model, wouldLoseWork } = studio.getState();
  if (model && wouldLoseWork()) view.setState({ asking: { about, proceed } });
  else proceed();
}

/** Opens whatever was dropped, picked or pasted: a model, data to judge on, a recipe, or a model and data together. */
export function openDropped(files: readonly DroppedFile[]): void {
  const s = studio.getState();
  const { model, data, recipe } = sortDrop(files, s.model !== undefined);
  if (recipe) {
    void recipe.blob.text().then((text) => studio.getState().importRecipe(text));
    return;
  }
  if (model.length === 0) {
    if (data.length > 0) void s.openData(data);
    return;
  }
  askFirst('replace', async () => {
    await studio.getState().openFiles(model);
    // Data that came along is for this model; when it did not open, another one is still in its place.
    if (data.length > 0 && studio.getState().model?.files[0]?.blob === model[0].blob) {
      await studio.getState().openData(data);
    }
  });
}

/** Opens data only, whatever its files are called: what was dropped on, or picked in, the data section. */
export function openAsData(files: readonly DroppedFile[]): void {
  void studio.getState().openData(files.map(({ path, file }) => ({ path, blob: file })));
}

/** Opens a sample of the gallery. */
export function openSample(id: string): void {
  askFirst('replace', () => void studio.getState().openSample(id));
}

/** Clears everything, after asking. */
export function startOver(): void {
  view.setState({ asking: { about: 'clear', proceed: () => void studio.getState().startOver() } });
}

/** Opens the browser's file picker from anywhere: a key, the palette, a menu. */
export function pickFiles(folder = false): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = folder;
  // In the page while the picker is open: an input that nothing holds may be collected, and then nobody learns what was picked.
  input.hidden = true;
  document.body.append(input);
  input.addEventListener('cancel', () => input.remove());
  input.addEventListener('change', async () => {
    input.remove();
    const { pickedFiles } = await import('../../ui/droppedFiles.ts');
    const files = pickedFiles(input.files ?? []);
    if (files.length > 0) openDropped(files);
  });
  engine.warm();
  input.click();
}
