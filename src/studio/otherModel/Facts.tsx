import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/useFormat.ts';
import type { OtherFile } from '../state/types.ts';

/** What another model is: its name as the recipe has it, and its size. */
export function Facts({ name, other: { info, costs } }: { name: string; other: OtherFile }) {
  const { t } = useTranslation();
  const format = useFormat();
  const macs = format.count(costs.macs);
  return (
    <div>
      <p className="ui-mono other-model-name" title={name}>
        {name}
      </p>
      <p className="ui-field-note">
        {t('student.numbers', {
          parameters: format.count(info.parameters),
          bytes: format.bytes(info.bytes),
          macs: costs.unknown > 0 ? `≥ ${macs}` : macs,
        })}
      </p>
    </div>
  );
}
