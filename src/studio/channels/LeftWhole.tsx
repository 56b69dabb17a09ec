import { useTranslation } from 'react-i18next';
import type { LeftWhole as Left } from '../../methods/prune-channels/plan.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { useFormat } from '../i18n/useFormat.ts';

/** More than this are not listed one by one. */
const LISTED = 200;

/** Layers none of whose channels can go, and what keeps them. */
export function LeftWhole({ left }: { left: readonly Left[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (left.length === 0) return null;
  return (
    <Disclosure title={t('channels.left', { n: format.integer(left.length) })}>
      <ul className="channels-touched">
        {left.slice(0, LISTED).map(({ id, reason, node }) => (
          <li key={id}>
            <span className="ui-mono">{id}</span>{' '}
            <span className="ui-muted">
              {t(`channels.reason.${reason}`)}
              {node && ` · ${node}`}
            </span>
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}
