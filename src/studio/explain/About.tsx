import { lazy, memo, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Explain } from '../../ui/Explain.tsx';
import type { Topic } from './topics.ts';

const ExplainBody = lazy(() => import('./ExplainBody.tsx'));

/** The "i" beside a method or a measure; its texts are fetched when it is opened. There are dozens in sight, none of which a slider changes. */
export const About = memo(function About({ topic }: { topic: Topic }) {
  const { t } = useTranslation();
  return (
    <Explain title={t(`explain.topics.${topic}`)}>
      <Suspense fallback={<p className="ui-muted">{t('common.loading')}</p>}>
        <ExplainBody topic={topic} />
      </Suspense>
    </Explain>
  );
});
