import { lazy } from 'react';

/** The charts that bring recharts, fetched when first shown. Render them inside `<Suspense>`. */
export const LineChart = lazy(() => import('./LineChart.tsx'));
export const BarChart = lazy(() => import('./BarChart.tsx'));
export const ScatterChart = lazy(() => import('./ScatterChart.tsx'));
