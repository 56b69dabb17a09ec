import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, type MenuEntry } from '../../ui/Menu.tsx';
import { chordText, isApple } from '../actions/keys.ts';
import { type Action, actions } from '../actions/list.ts';
import { outputName, resultIsCurrent } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { studio, useStudio } from '../state/store.ts';

/** The download, always in sight, and everything else there is to take. */
export function TakeHome() {
  const { t } = useTranslation();
  const format = useFormat();
  const s = useStudio(
    useShallow((state) => ({
      current: resultIsCurrent(state),
      name: outputName(state),
      outside: state.settings.external,
      external: state.result?.external !== undefined,
      any: state.recipe.steps.length > 0,
      busy: state.compressing !== undefined && !state.settings.live,
      bytes: state.result?.file.size,
    })),
  );
  const entry = (action: Action, note: string): Exclude<MenuEntry, string> => ({
    id: action.id,
    label: t(action.label),
    note,
    icon: action.icon,
    shortcut: action.keys?.[0] && chordText(action.keys[0], isApple()),
    disabled: !(action.enabled?.(studio.getState()) ?? true),
    onSelect: action.run,
  });
  const size = s.current && s.bytes !== undefined ? ` · ${format.bytes(s.bytes)}` : '';
  const entries: MenuEntry[] = [
    entry(actions.download, s.name + size),
    ...(s.external ? [entry(actions.downloadExternal, t('verdicts.takeExternalNote'))] : []),
    entry(actions.downloadRecipe, t('verdicts.takeRecipeNote')),
    entry(actions.downloadReport, t('verdicts.takeReportNote')),
    'separator',
    { ...entry(actions.external, t('verdicts.keepOutsideNote')), icon: s.outside ? 'check' : undefined },
  ];
  return (
    <div className="verdicts-take">
      <Button kind="primary" icon="download" wide isDisabled={!s.any || s.busy} onPress={actions.download.run}>
        <span className="verdicts-name">
          {s.current ? t('verdicts.download', { name: s.name }) : t('verdicts.compressDownload')}
        </span>
      </Button>
      <Menu
        label={t('verdicts.downloadMenu')}
        trigger={<IconButton icon="chevronDown" kind="plain" label={t('verdicts.downloadMenu')} />}
        entries={entries}
      />
    </div>
  );
}
