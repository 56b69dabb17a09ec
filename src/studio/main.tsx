import '../ui/tokens.css';
import '../ui/base.css';
import './app.css';
import { createRoot } from 'react-dom/client';
import { applyTheme } from '../ui/theme.ts';
import { App } from './App.tsx';
import { setLanguage } from './i18n/index.ts';
import { startOffline } from './offline/register.ts';
import { keepInAddress } from './recipe/address.ts';
import { startStudio, studio } from './state/store.ts';

const { language, theme } = studio.getState().settings;
applyTheme(theme);
studio.subscribe(({ settings }, { settings: old }) => {
  if (settings.theme !== old.theme) applyTheme(settings.theme);
  if (settings.language !== old.language) void setLanguage(settings.language);
});

// A translation that cannot be fetched must not leave the page empty: it then speaks English.
await setLanguage(language).catch(() => {});
createRoot(document.getElementById('root')!).render(<App />);
await startStudio();
keepInAddress(studio);
void startOffline(() => studio.getState().phase !== 'start');
