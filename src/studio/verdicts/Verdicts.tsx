import './Verdicts.css';
import { useTranslation } from 'react-i18next';
import { FaultNotes } from '../faults/FaultNotes.tsx';
import { useView } from '../view.ts';
import { AccuracyVerdict } from './AccuracyVerdict.tsx';
import { RunControls } from './RunControls.tsx';
import { SizeVerdict } from './SizeVerdict.tsx';
import { SpeedVerdict } from './SpeedVerdict.tsx';
import { TakeHome } from './TakeHome.tsx';

/** Size, accuracy, speed: always in sight, never mixed, and the download below them. `compact` is the bar of a narrow window. */
export function Verdicts({ compact }: { compact?: boolean }) {
  const { t } = useTranslation();
  const recipe = useView((v) => v.pane === 'recipe');
  return (
    <section className="verdicts" data-compact={compact || undefined} aria-label={t('verdicts.title')}>
      <div className="verdicts-scroll">
        <FaultNotes about={['compress', 'judge']} besideSteps={!compact || recipe} />
        <div className="verdicts-three">
          <SizeVerdict compact={compact} />
          <AccuracyVerdict compact={compact} />
          <SpeedVerdict compact={compact} />
        </div>
      </div>
      <RunControls />
      <TakeHome />
    </section>
  );
}
