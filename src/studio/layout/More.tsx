import { useTranslation } from 'react-i18next';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, type MenuEntry } from '../../ui/Menu.tsx';
import { chordText, isApple } from '../actions/keys.ts';
import { type Action, actions } from '../actions/list.ts';
import { useStudio } from '../state/store.ts';
import { themeIcons } from './themeIcons.ts';

/** What has no button of its own in the header; on a narrow window that is most of it. */
export default function More({ narrow }: { narrow: boolean }) {
  const { t } = useTranslation();
  const theme = useStudio((s) => s.settings.theme);
  const entry = (action: Action, rest: Partial<Extract<MenuEntry, object>> = {}): MenuEntry => ({
    id: action.id,
    label: t(action.label),
    icon: action.icon,
    // A phone has no such keys.
    shortcut: narrow || !action.keys ? undefined : chordText(action.keys[0], isApple()),
    onSelect: action.run,
    ...rest,
  });
  const entries: MenuEntry[] = [
    entry(actions.open),
    entry(actions.openFolder),
    ...(narrow
      ? [
          'separator' as const,
          entry(actions.palette),
          entry(actions.language, { label: '中 / EN' }),
          entry(actions.theme, {
            icon: themeIcons[theme],
            label: t('common.themeNow', { theme: t(`common.themes.${theme}`) }),
          }),
        ]
      : []),
    'separator',
    entry(actions.startOver, { danger: true }),
  ];
  return (
    <Menu label={t('common.more')} trigger={<IconButton icon="more" label={t('common.more')} />} entries={entries} />
  );
}
