/** The words of the parts themselves (`ui/strings.tsx`). */
export { defaultStrings as ui } from '../../../ui/strings.tsx';
