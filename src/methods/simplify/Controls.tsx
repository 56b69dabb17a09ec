import { useTranslation } from 'react-i18next';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import type { SimplifyOptions } from './options.ts';
import { RULES } from './rules/index.ts';

/** All rules are on; each can be switched off, under the name by which it is reported. */
export default function Controls({ step, onChange }: ControlsProps<SimplifyOptions>) {
  const { t } = useTranslation();
  return (
    <>
      <p className="ui-muted">{t('controls.simplify.note')}</p>
      <Disclosure title={t('controls.simplify.rules')}>
        {RULES.map((rule) => (
          <Switch
            key={rule}
            label={rule}
            checked={step.rules[rule] ?? true}
            onChange={(on) => onChange({ rules: { ...step.rules, [rule]: on } })}
          />
        ))}
      </Disclosure>
    </>
  );
}
