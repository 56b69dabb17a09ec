import { lazy } from 'react';

/** Brings recharts, so it is fetched when first shown. Render it inside `<Suspense>`. */
export const BarChart = lazy(() => import('./BarChart.tsx'));
