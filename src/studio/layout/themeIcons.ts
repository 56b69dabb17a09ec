import type { IconName } from '../../ui/icons.tsx';
import type { Settings } from '../state/types.ts';

/** The picture of each theme on its button. */
export const themeIcons: Record<Settings['theme'], IconName> = { system: 'contrast', light: 'sun', dark: 'moon' };
