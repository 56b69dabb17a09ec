import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Menu, type MenuEntry } from '../../ui/Menu.tsx';
import { useStudio } from '../state/store.ts';
import { offered, pageOf } from './controls.ts';

/** The methods, those of one kind together, each with a line on what it does. */
export const AddStep = memo(function AddStep() {
  const { t } = useTranslation();
  const addStep = useStudio((s) => s.addStep);
  const entries: MenuEntry[] = [];
  let group: string | undefined;
  const names = offered();
  const order = ['graph', 'prune', 'quantize', 'learn'];
  names.sort((a, b) => order.indexOf(pageOf(a)!.group) - order.indexOf(pageOf(b)!.group));
  for (const method of names) {
    const own = pageOf(method)!.group;
    if (group !== undefined && own !== group) entries.push('separator');
    group = own;
    entries.push({
      id: method,
      label: t(`recipe.methods.${method}.name`),
      note: t(`recipe.methods.${method}.about`),
      onSelect: () => addStep({ method, ...pageOf(method)!.initial }),
    });
  }
  return (
    <div className="recipe-add">
      <Menu
        label={t('recipe.addLabel')}
        trigger={
          <Button icon="plus" wide>
            {t('recipe.add')}
          </Button>
        }
        entries={entries}
      />
    </div>
  );
});
