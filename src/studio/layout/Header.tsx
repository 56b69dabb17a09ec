import './Header.css';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { useMedia } from '../../ui/hooks.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import type { IconName } from '../../ui/icons.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { Menu, type MenuEntry } from '../../ui/Menu.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { chordText, isApple } from '../actions/keys.ts';
import { type Action, actions } from '../actions/list.ts';
import { useAction } from '../actions/useActions.ts';
import { modelFileName } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';

const themeIcons: Record<'system' | 'light' | 'dark', IconName> = { system: 'contrast', light: 'sun', dark: 'moon' };

/** The bar on top: what is open, and what is always at hand. */
export function Header() {
  const { t } = useTranslation();
  const narrow = useMedia('(max-width: 899px)');
  const open = useStudio((s) => s.phase === 'open');
  return (
    <header className="header">
      <h1 className="header-name">
        <Mark />
        {t('common.name')}
      </h1>
      {open && <Facts />}
      <div className="header-tools">
        {!narrow && <PaletteButton />}
        {open && (
          <>
            <ActionButton action={actions.undo} />
            <ActionButton action={actions.redo} />
          </>
        )}
        {!narrow && <LanguageButton />}
        {!narrow && <ThemeButton />}
        <More narrow={narrow} open={open} />
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
      <path d="M2.5 15v-4M6.5 15V8.5M10.5 15V3M14.5 15v-3.5" stroke="var(--before)" strokeWidth="2.6" fill="none" />
      <path d="M1 12.5 17 7" stroke="var(--surface-raised)" strokeWidth="3.4" />
      <path d="M1 12.5 17 7" stroke="var(--after-strong)" strokeWidth="1.5" strokeLinecap="round" />
    </svg>
  );
}

function Facts() {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = useStudio(
    useShallow((s) => ({
      name: modelFileName(s),
      weights: s.model?.info.parameters ?? 0,
      opset: s.model?.info.opsets[''] ?? s.model?.info.opsets['ai.onnx'],
    })),
  );
  return (
    <p className="header-facts">
      <span className="ui-mono header-file" title={facts.name}>
        {facts.name}
      </span>
      <span className="header-detail">
        {' · '}
        {t('common.weights', { n: format.integer(facts.weights) })}
        {facts.opset !== undefined && ` · ${t('common.opset', { n: facts.opset })}`}
      </span>
    </p>
  );
}

function ActionButton({ action }: { action: Action }) {
  const { label, shortcut, isDisabled, onPress } = useAction(action);
  return <IconButton icon={action.icon} label={label} shortcut={shortcut} isDisabled={isDisabled} onPress={onPress} />;
}

function PaletteButton() {
  const { t } = useTranslation();
  return (
    <button type="button" className="header-palette" onClick={actions.palette.run}>
      <VisuallyHidden>{t('common.palette')} </VisuallyHidden>
      <Kbd>{chordText(actions.palette.keys[0], isApple())}</Kbd>
    </button>
  );
}

function LanguageButton() {
  const { t, i18n } = useTranslation();
  return (
    <button
      type="button"
      className="header-language"
      aria-label={`${t('common.language')}: ${t(`common.languages.${i18n.language === 'zh' ? 'zh' : 'en'}`)}`}
      onClick={actions.language.run}
    >
      <span data-on={i18n.language === 'zh' || undefined}>中</span>/
      <span data-on={i18n.language !== 'zh' || undefined}>EN</span>
    </button>
  );
}

function ThemeButton() {
  const { t } = useTranslation();
  const theme = useStudio((s) => s.settings.theme);
  return (
    <IconButton
      icon={themeIcons[theme]}
      label={t('common.themeNow', { theme: t(`common.themes.${theme}`) })}
      onPress={actions.theme.run}
    />
  );
}

function More({ narrow, open }: { narrow: boolean; open: boolean }) {
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
    ...(open ? ['separator' as const, entry(actions.startOver, { danger: true })] : []),
  ];
  return (
    <Menu label={t('common.more')} trigger={<IconButton icon="more" label={t('common.more')} />} entries={entries} />
  );
}
