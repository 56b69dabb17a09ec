import { lazy } from 'react';

/** These bring recharts, so they are fetched when first shown. Render them inside `<Suspense>`. */
export const BarChart = lazy(() => import('./BarChart.tsx'));
export const LineChart = lazy(() => import('./LineChart.tsx'));
