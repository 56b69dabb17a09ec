import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuantizeWeightsOptions } from '../../methods/quantize-weights/options.ts';
import { isCompressible } from '../../onnx/weights.ts';
import { Slider } from '../../ui/Slider.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { lineOf, nearestLevel } from './line.ts';

const WIDTH = 360;
const HEIGHT = 62;
const EDGE = 8;
const AXIS = 40;
/** More levels than this are drawn as a band. */
const MOST = 128;

/** The levels of the picked tensor, or of the largest, at the recipe's own bits and scheme; and where one value goes. */
export function NumberLine() {
  const { t } = useTranslation();
  const format = useFormat();
  const layers = useStudio((s) => s.model?.layers);
  const selected = useStudio((s) => s.selected);
  const step = useStudio((s) => s.recipe.steps.findLast((x) => x.method === 'quantize-weights'));
  const [share, setShare] = useState(0.62);
  const facts = useMemo(() => {
    const able = layers?.filter((l) => isCompressible(l) && l.sketch) ?? [];
    return able.find((l) => l.id === selected) ?? able.sort((a, b) => b.bytes - a.bytes)[0];
  }, [layers, selected]);
  const line = useMemo(() => facts && step && lineOf(facts, step as unknown as QuantizeWeightsOptions), [facts, step]);
  if (!line) return null;

  const { levels } = line;
  const low = Math.min(line.min, levels[0]);
  const high = Math.max(line.max, levels[levels.length - 1]);
  const at = (v: number) => EDGE + ((v - low) / (high - low)) * (WIDTH - 2 * EDGE);
  const value = low + share * (high - low);
  const becomes = nearestLevel(levels, value);
  const reading = t('explain.parts.reading', { x: format.significant(value), y: format.significant(becomes) });
  return (
    <section className="explain-line">
      <h4 className="ui-label">{t('explain.parts.picture')}</h4>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={reading}>
        <line x1={EDGE} x2={WIDTH - EDGE} y1={AXIS} y2={AXIS} className="explain-axis" />
        {levels.length > MOST ? (
          <rect
            x={at(levels[0])}
            width={at(levels[levels.length - 1]) - at(levels[0])}
            y={AXIS - 8}
            height={8}
            className="explain-band"
          />
        ) : (
          levels.map((l) => <line key={l} x1={at(l)} x2={at(l)} y1={AXIS - 8} y2={AXIS} className="explain-level" />)
        )}
        {low < 0 && high > 0 && (
          <text x={at(0)} y={AXIS + 16} textAnchor="middle" className="explain-zero">
            0
          </text>
        )}
        <path d={`M${at(value)} 8 V18 L${at(becomes)} ${AXIS - 12}`} className="explain-move" />
        <circle cx={at(value)} cy={8} r={4} className="explain-value" />
        <circle cx={at(becomes)} cy={AXIS - 8} r={4} className="explain-becomes" />
      </svg>
      <Slider
        label={reading}
        value={value}
        min={low}
        max={high}
        format={{ maximumSignificantDigits: 3 }}
        onChange={(v) => setShare((v - low) / (high - low))}
      />
      <p className="ui-muted">
        {facts!.name}
        {' · '}
        {t('recipe.summary.bits', { count: Number(step!.bits), n: String(step!.bits) })}
        {' · '}
        {t(levels.includes(0) ? 'explain.parts.zeroKept' : 'explain.parts.zeroLost')}
      </p>
    </section>
  );
}
