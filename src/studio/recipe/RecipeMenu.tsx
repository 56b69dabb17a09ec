import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { recipeText } from '../../recipe/schema.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, type MenuEntry } from '../../ui/Menu.tsx';
import { downloadRecipe } from '../actions/download.ts';
import { modelFileName, outputName } from '../current.ts';
import { presetIdOf } from '../data/preprocess.ts';
import { studio, useStudio } from '../state/store.ts';
import type { StudioState } from '../state/types.ts';
import { takesData } from '../state/withModel.ts';
import { type CommandOptions, commandLine } from './command.ts';
import { namedPresets } from './namedPresets.ts';
import { presetName, presets, withPreset } from './presets.ts';
import { recipeToHash } from './shareLink.ts';

/** Lets the person pick a recipe file. */
function pickRecipe(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.json,application/json';
  input.addEventListener('change', async () => {
    const text = await input.files?.[0]?.text();
    if (text !== undefined) studio.getState().importRecipe(text);
  });
  input.click();
}

/** What the command line has to be told beside the recipe for the same result. */
function commandOptions({ recipe, data, settings }: Pick<StudioState, 'recipe' | 'data' | 'settings'>): CommandOptions {
  if (!data || !recipe.steps.some(takesData)) return { external: settings.external };
  const paths = data.files.map((file) => file.path);
  return { external: settings.external, data: { paths, preset: presetIdOf(data) } };
}

/** What can be done with the recipe as a whole. `onSaid` tells what was done. */
export const RecipeMenu = memo(function RecipeMenu({ onSaid }: { onSaid: (text: string) => void }) {
  const { t } = useTranslation();
  const editRecipe = useStudio((s) => s.editRecipe);
  const empty = useStudio((s) => s.recipe.steps.length === 0);
  const copy = (text: string, done: string) =>
    navigator.clipboard.writeText(text).then(
      () => onSaid(done),
      () => onSaid(t('recipe.notCopied')),
    );
  const now = () => studio.getState();
  const entries: MenuEntry[] = [
    { id: 'import', label: t('recipe.import'), icon: 'upload', onSelect: pickRecipe },
    { id: 'export', label: t('recipe.export'), icon: 'download', disabled: empty, onSelect: downloadRecipe },
    {
      id: 'json',
      label: t('recipe.copyJson'),
      icon: 'copy',
      disabled: empty,
      onSelect: () => void copy(recipeText(now().recipe, 2), t('recipe.copiedJson')),
    },
    {
      id: 'command',
      label: t('recipe.copyCommand'),
      icon: 'copy',
      disabled: empty,
      onSelect: () =>
        void copy(
          commandLine(now().recipe, modelFileName(now()), outputName(now()), commandOptions(now())),
          t('recipe.copiedCommand'),
        ),
    },
    {
      id: 'link',
      label: t('recipe.copyLink'),
      icon: 'copy',
      disabled: empty,
      onSelect: () => void copy(location.href.split('#')[0] + recipeToHash(now().recipe), t('recipe.copiedLink')),
    },
    'separator',
    ...presets.map((p) => ({
      id: p.id,
      label: empty ? t(presetName(p)) : t('recipe.replaceWith', { name: t(presetName(p)) }),
      icon: 'sliders' as const,
      onSelect: () => editRecipe(withPreset(p)),
    })),
    'separator',
    ...namedPresets().map(({ file, recipe }) => ({
      id: file,
      label: empty ? file : t('recipe.replaceWith', { name: file }),
      note: t('recipe.named'),
      onSelect: () => editRecipe((r) => ({ ...r, steps: recipe.steps })),
    })),
    'separator',
    {
      id: 'clear',
      label: t('recipe.removeAll'),
      icon: 'trash',
      danger: true,
      disabled: empty,
      onSelect: () => editRecipe((r) => ({ ...r, steps: [] })),
    },
  ];
  return (
    <Menu label={t('recipe.more')} trigger={<IconButton icon="more" label={t('recipe.more')} />} entries={entries} />
  );
});
